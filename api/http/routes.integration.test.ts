import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { problem as problemSchema } from '../../wire/problem.ts'
import { DEFAULT_LIMITS } from '../config.ts'
import { describeOnBothDatabases } from '../db/testing.ts'
import { call, ORIGIN, Person, startApi, TestPlatform, type TestApi } from '../testing.ts'

interface Operation {
  readonly security: readonly Record<string, unknown>[]
  readonly requestBody?: { readonly content: Record<string, { readonly schema: unknown }> }
  readonly responses: Record<string, { readonly content?: Record<string, unknown> }>
}
interface Route {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

async function routesOf(api: TestApi): Promise<readonly Route[]> {
  const { body } = await call(api, 'GET', '/openapi.json')
  const paths = Object.entries(body.paths as Record<string, Record<string, Operation>>)
  return paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
}

describeOnBothDatabases('Every route', (stores) => {
  async function situation() {
    const api = startApi(stores())
    const alice = await Person.join(api, await TestPlatform.join(api), 'alice')
    const { headers } = await alice.capability()
    const pathOf = ({ path }: Route) =>
      path.replace('{accountId}', alice.accountId).replace('{lookup}', 'AAAAAAAAAAAAAAAAAAAAAA')
    /** With what the route asks for, so that its body is what is judged. */
    const ask = async (route: Route, options: { body?: unknown; query?: string; type?: string } = {}) => {
      const path = pathOf(route)
      const [needs = {}] = route.operation.security
      const auth =
        'login' in needs
          ? await alice.loginHeaders(route.method, path)
          : 'capability' in needs
            ? headers
            : { dpop: await alice.proof(route.method, path) }
      const own = options.type === undefined ? auth : { ...auth, 'content-type': options.type }
      return call(api, route.method, path + (options.query ?? ''), { body: options.body, headers: own })
    }
    return { api, alice, ask, pathOf, routes: await routesOf(api) }
  }

  test('is in the OpenAPI document with its body, its security and its Problems', async () => {
    const { routes } = await situation()
    const listed = routes.map(({ method, path }) => `${method} ${path}`).sort()
    expect(listed).toEqual(
      [
        'GET /healthz',
        'GET /readyz',
        'GET /v1/accounts/{accountId}/sigchain',
        'GET /v1/capabilities',
        'GET /v1/contact-links',
        'GET /v1/platform',
        'GET /v1/prekeys',
        'GET /v1/stream',
        'PATCH /v1/contact-links/{lookup}',
        'POST /v1/accounts',
        'POST /v1/accounts/{accountId}/bundles',
        'POST /v1/acknowledgements',
        'POST /v1/capabilities',
        'POST /v1/contact-links',
        'POST /v1/contact-links/resolve',
        'POST /v1/envelopes',
        'POST /v1/freshness',
        'POST /v1/login',
        'POST /v1/prekeys',
        'POST /v1/reports',
        'POST /v1/sigchain',
        'POST /v1/tickets/end',
      ].sort(),
    )
    for (const { method, path, operation } of routes) {
      const takesBody = method !== 'GET' && path !== '/v1/reports'
      expect(operation.requestBody?.content['application/json']?.schema !== undefined).toBe(takesBody)
      expect(operation.responses['400']?.content).toHaveProperty('application/problem+json')
    }
  })

  test('answers a malformed body with a Problem', async () => {
    const { routes, ask } = await situation()
    const bodies = ['{', '[]', 'null', '"x"', '{"unknown-field":1}', '['.repeat(5000)]
    for (const route of routes.filter(({ operation }) => operation.requestBody !== undefined)) {
      for (const body of bodies) {
        const { status, headers, body: answered } = await ask(route, { body })
        expect([route.path, status, headers.get('content-type')]).toEqual([
          route.path,
          400,
          'application/problem+json',
        ])
        expect(problemSchema.parse(answered).code).toBe('malformed')
        expect(JSON.stringify(answered)).not.toContain('unknown-field')
      }
      expect((await ask(route, { body: '{}', type: 'text/plain' })).status).toBe(415)
      expect((await ask(route, { body: JSON.stringify({ x: 'x'.repeat(800_000) }) })).status).toBe(413)
    }
  })

  test('refuses a query key that it does not know', async () => {
    const { routes, ask } = await situation()
    for (const route of routes) {
      const body = route.method === 'GET' ? undefined : '{}'
      const answer = await ask(route, { body, query: '?unknown=1' })
      expect([route.path, answer.status, answer.body.code]).toEqual([route.path, 400, 'malformed'])
    }
  })

  test('says which methods it takes', async () => {
    const { api, routes, pathOf } = await situation()
    for (const route of routes) {
      const answer = await call(api, 'DELETE', pathOf(route))
      expect([route.path, answer.status, answer.body.code]).toEqual([route.path, 405, 'method_not_allowed'])
      expect(answer.headers.get('allow')).toContain(route.method)
    }
  })

  test('is closed to who shows nothing', async () => {
    const { api, routes, pathOf } = await situation()
    const [codes, expected]: [unknown[], unknown[]] = [[], []]
    for (const route of routes) {
      const [needs = {}] = route.operation.security
      const options = route.method === 'GET' ? {} : { body: '{}' }
      const answer = await call(api, route.method, pathOf(route), options)
      codes.push([route.path, answer.body.code])
      if ('login' in needs) expected.push([route.path, 'login_required'])
      else if ('capability' in needs) expected.push([route.path, 'malformed'])
      else codes.pop()
    }
    expect(codes).toEqual(expected)
  })

  test('of the API has headers of its own and keeps nothing in caches', async () => {
    const { api } = await situation()
    const asked = [
      ['GET', '/healthz'],
      ['GET', '/v1/platform'],
      ['GET', '/v1/nothing'],
      ['POST', '/nothing'],
    ] as const
    for (const [method, path] of asked) {
      const { headers } = await call(api, method, path)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('strict-transport-security')).toContain('max-age')
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('set-cookie')).toBeNull()
    }
  })
})

describeOnBothDatabases('Limits', (stores) => {
  function limited(changes: Partial<typeof DEFAULT_LIMITS>) {
    const config = { holdMs: 50, limits: { ...DEFAULT_LIMITS, ...changes }, trustProxy: true, webDir: 'none' }
    return startApi(stores(), { config })
  }

  test('an address that asks too often is told when to come back; others are not touched', async () => {
    const api = limited({ address: 3 })
    const ask = (address: string) =>
      call(api, 'GET', '/v1/platform', { headers: { 'x-forwarded-for': `1.1.1.1, ${address}` } })
    for (let i = 0; i < 3; i++) expect((await ask('192.0.2.7')).status).not.toBe(429)
    const refused = await ask('192.0.2.7')
    expect([refused.status, refused.body.code]).toEqual([429, 'too_many'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await ask('192.0.2.8')).status).not.toBe(429)
  })

  test('one IPv6 network counts as one address', async () => {
    const api = limited({ address: 1 })
    const ask = (address: string) =>
      call(api, 'GET', '/v1/platform', { headers: { 'x-forwarded-for': address } })
    await ask('2001:db8:1:2:aaaa::1')
    expect((await ask('2001:db8:1:2:bbbb::2')).status).toBe(429)
    expect((await ask('2001:db8:1:3::1')).status).not.toBe(429)
  })

  test('what one Device asks beyond its limit uses up nothing of what it shares', async () => {
    const api = limited({ device: 3, platform: 6 })
    const platform = await TestPlatform.join(api)
    const [alice, mallory] = [
      await Person.join(api, platform, 'alice'),
      await Person.join(api, platform, 'mallory'),
    ]
    for (let i = 0; i < 8; i++) await mallory.call('GET', '/v1/prekeys')
    expect((await alice.call('GET', '/v1/prekeys')).status).toBe(200)
  })

  test('a proof that came over the limit is not kept', async () => {
    const [tight, wide] = [limited({ device: 1 }), limited({})]
    const alice = await Person.join(tight, await TestPlatform.join(tight), 'alice')
    await alice.call('GET', '/v1/prekeys')
    const headers = await alice.loginHeaders('GET', '/v1/prekeys')
    expect((await call(tight, 'GET', '/v1/prekeys', { headers })).status).toBe(429)
    expect((await call(wide, 'GET', '/v1/prekeys', { headers })).status).toBe(200)
  })

  test('who guesses Capabilities and Tickets is limited by address; one that is held is not', async () => {
    const api = limited({ address: 4 })
    const alice = await Person.join(api, await TestPlatform.join(api), 'alice')
    const held = (await alice.capability()).headers
    const read = (headers: Record<string, string>) =>
      call(api, 'GET', `/v1/accounts/${alice.accountId}/sigchain`, {
        headers: { ...headers, 'x-forwarded-for': '192.0.2.9' },
      })
    const guesses = ['plasma-capability', 'plasma-ticket'].flatMap((name) =>
      [1, 2, 3].map(() => ({ [name]: randomBytes(32).toString('base64url') })),
    )
    const statuses = []
    for (const guess of guesses) statuses.push((await read(guess)).status)
    expect(statuses).toEqual([403, 403, 403, 403, 429, 429])
    expect((await read(held)).status).toBe(200)
  })

  test('a Device and a Capability have limits of their own', async () => {
    const api = limited({ device: 3, capability: 2 })
    const alice = await Person.join(api, await TestPlatform.join(api), 'alice')
    const { headers } = await alice.capability()
    const read = () => call(api, 'GET', `/v1/accounts/${alice.accountId}/sigchain`, { headers })
    expect([(await read()).status, (await read()).status, (await read()).status]).toEqual([200, 200, 429])
    const statuses = []
    for (let i = 0; i < 3; i++) statuses.push((await alice.call('GET', '/v1/prekeys')).status)
    expect(statuses).toEqual([200, 200, 429])
  })
})

describeOnBothDatabases('Reports about the policy', (stores) => {
  test('are counted by their directive, of either kind, and nothing else of them is kept', async () => {
    const api = startApi(stores())
    const post = (type: string, body: unknown) =>
      api.app.request(`${ORIGIN}/v1/reports`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: JSON.stringify(body),
      })
    const legacy = {
      'csp-report': { 'effective-directive': 'script-src', 'document-uri': 'https://x/c#secret' },
    }
    const modern = [
      { type: 'csp-violation', url: 'https://x/secret', body: { effectiveDirective: 'img-src' } },
    ]
    expect((await post('application/csp-report', legacy)).status).toBe(204)
    expect((await post('application/reports+json', modern)).status).toBe(204)
    expect((await post('application/json', { anything: 1 })).status).toBe(400)
    expect((await post('text/plain', legacy)).status).toBe(415)
    const counted = api.logLines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'csp_report')
    expect(counted.map(({ directive }) => directive)).toEqual(['script-src', 'img-src'])
    expect(api.logLines.join()).not.toContain('secret')
  })
})
