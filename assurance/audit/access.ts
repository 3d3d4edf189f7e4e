/** The authorisation matrix: every route of /openapi.json with every wrong right to ask. A route without a case fails. */
import { type Answer, type AuditPerson, random, request, shownHeaders } from './client.ts'
import type { Ledger } from './ledger.ts'
import { type Cast, type RouteAuth, type RouteCase, routeCases } from './routes.ts'

interface Route {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly auth: RouteAuth
}

interface Operation {
  readonly security?: readonly Readonly<Record<string, unknown>>[]
}

export async function auditAccess(ledger: Ledger, cast: Cast): Promise<void> {
  const routes = await readRoutes(cast.target.origin)
  ledger.check('the document names routes', routes.length > 5, routes.length)
  for (const route of routes) {
    const routeCase = routeCases[route.name]
    ledger.check(`${route.name} has a case`, routeCase !== undefined)
    if (routeCase === undefined) continue
    ledger.check(`${route.name} asks for what its case says`, routeCase.auth === route.auth, route.auth)
    await auditRoute(ledger, cast, route, routeCase)
  }
}

async function readRoutes(origin: string): Promise<Route[]> {
  const { paths } = (await (await fetch(`${origin}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>
  }
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => /^(get|post|put|patch|delete)$/.test(method))
      .map(([method, { security = [] }]) => ({
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        auth: authOf(security),
      })),
  )
}

function authOf(security: NonNullable<Operation['security']>): RouteAuth {
  const names = security.flatMap((scheme) => Object.keys(scheme))
  if (names.includes('login')) return 'login'
  if (names.includes('proof')) return 'proof'
  return names.includes('capability') ? 'admission' : 'none'
}

function auditRoute(ledger: Ledger, cast: Cast, route: Route, routeCase: RouteCase): Promise<void> {
  switch (routeCase.auth) {
    case 'none':
      return auditOpen(ledger, cast, route, routeCase)
    case 'proof':
      return auditProof(ledger, cast, route, routeCase)
    case 'login':
      return auditLogin(ledger, cast, route, routeCase)
    case 'admission':
      return auditAdmission(ledger, cast, route, routeCase)
  }
}

/** How to ask alice's route; each call is a new request. */
function asker(cast: Cast, route: Route, routeCase: RouteCase) {
  const path = routeCase.path?.(cast) ?? route.path
  const ask = (headers: Readonly<Record<string, string>>): Promise<Answer> =>
    request(cast.target, route.method, path, { headers, body: routeCase.body?.(cast) })
  return { path, ask }
}

async function auditOpen(ledger: Ledger, cast: Cast, route: Route, routeCase: RouteCase): Promise<void> {
  const answer = await asker(cast, route, routeCase).ask({})
  ledger.check(`${route.name} is open to all`, routeCase.right.includes(answer.status), answer)
}

async function auditProof(ledger: Ledger, cast: Cast, route: Route, routeCase: RouteCase): Promise<void> {
  const { path, ask } = asker(cast, route, routeCase)
  const { alice, mallory } = cast
  const { method, name } = route
  const right = await ask({ DPoP: await alice.proof(method, path) })
  ledger.check(`${name}: a right request is let in`, routeCase.right.includes(right.status), right)
  for (const [wrong, headers] of await wrongProofs(alice, method, path, undefined)) {
    await expectRefusal(ledger, `${name}: ${wrong}`, await ask(headers), [401])
  }
  if (routeCase.foreign !== undefined) {
    const answer = await ask({ DPoP: await mallory.proof(method, path) })
    await expectRefusal(ledger, `${name}: another's key`, answer, routeCase.foreign)
  }
  await expectReplayRefused(ledger, name, ask, { DPoP: await alice.proof(method, path) })
}

async function auditLogin(ledger: Ledger, cast: Cast, route: Route, routeCase: RouteCase): Promise<void> {
  const { path, ask } = asker(cast, route, routeCase)
  const { alice, mallory, carol } = cast
  const { method, name } = route
  const right = await ask(await loginHeaders(alice, method, path))
  ledger.check(`${name}: a right request is let in`, routeCase.right.includes(right.status), right)
  const refusals: Answer[] = []
  const tokens = [
    ['a token that is over', alice.expiredToken],
    ['a token of another server', alice.foreignToken],
    ['no real token', `${random(12)}.${random(12)}.${random(32)}`],
  ] as const
  for (const [wrong, token] of tokens) {
    const answer = await ask(shownHeaders({ token, proof: await alice.proof(method, path, token) }))
    await expectRefusal(ledger, `${name}: ${wrong}`, answer, [401])
    refusals.push(answer)
  }
  const stolen = shownHeaders({ token: alice.token, proof: await mallory.proof(method, path, alice.token) })
  const bare = { Authorization: `Bearer ${alice.token}` }
  const wrongs = [
    ['a stolen token with another key', stolen],
    ['a bearer token', bare],
    ['nothing', {}],
  ] as const
  const wrongHeaders = [...wrongs, ...(await wrongProofs(alice, method, path, alice.token))]
  for (const [wrong, headers] of wrongHeaders) {
    const answer = await ask(headers)
    await expectRefusal(ledger, `${name}: ${wrong}`, answer, [401])
    refusals.push(answer)
  }
  const bodies = new Set(refusals.map(({ status, text }) => `${status} ${text}`))
  ledger.check(`${name}: every refusal looks the same`, bodies.size === 1, [...bodies])
  await expectReplayRefused(ledger, name, ask, await loginHeaders(alice, method, path))
  if (routeCase.foreign === undefined) return
  for (const [who, person] of [
    ['another Account', mallory],
    ['another Platform', carol],
  ] as const) {
    const answer = await ask(await loginHeaders(person, method, path))
    await expectRefusal(ledger, `${name}: ${who}`, answer, routeCase.foreign)
  }
}

async function auditAdmission(ledger: Ledger, cast: Cast, route: Route, routeCase: RouteCase): Promise<void> {
  const { path, ask } = asker(cast, route, routeCase)
  const { capabilities, alice } = cast
  const { method, name } = route
  const right = await ask({ 'Plasma-Capability': capabilities.alice })
  ledger.check(`${name}: a right request is let in`, routeCase.right.includes(right.status), right)
  const refusals = [
    ['an unknown Capability', { 'Plasma-Capability': random(32) }],
    ['an unknown Ticket', { 'Plasma-Ticket': random(32) }],
    ["another Account's Capability", { 'Plasma-Capability': capabilities.mallory }],
    ["another Platform's Capability", { 'Plasma-Capability': capabilities.carol }],
    ['a Capability shown as a Ticket', { 'Plasma-Ticket': capabilities.alice }],
  ] as const
  const bodies = new Set<string>()
  for (const [wrong, headers] of refusals) {
    const answer = await ask(headers)
    await expectRefusal(ledger, `${name}: ${wrong}`, answer, [403])
    bodies.add(`${answer.status} ${answer.text}`)
  }
  ledger.check(`${name}: every refusal looks the same`, bodies.size === 1, [...bodies])
  const malformed = [
    ['nothing', {}],
    ['both at once', { 'Plasma-Capability': capabilities.alice, 'Plasma-Ticket': random(32) }],
    ['half a Capability', { 'Plasma-Capability': capabilities.alice.slice(0, 20) }],
    [
      'a Login beside it, which would tell who sends',
      { 'Plasma-Capability': capabilities.alice, ...(await loginHeaders(alice, method, path)) },
    ],
  ] as const
  for (const [wrong, headers] of malformed) {
    await expectRefusal(ledger, `${name}: ${wrong}`, await ask(headers), [400, 401, 403])
  }
}

async function wrongProofs(
  person: AuditPerson,
  method: string,
  path: string,
  token: string | undefined,
): Promise<(readonly [string, Record<string, string>])[]> {
  const nowS = Math.floor(Date.now() / 1000)
  const otherMethod = method === 'GET' ? 'POST' : 'GET'
  const proofs: (readonly [string, string | undefined])[] = [
    ['no proof', undefined],
    ['a proof that is none', `${random(12)}.${random(12)}.${random(64)}`],
    ['a proof for another method', await person.proof(otherMethod, path, token)],
    ['a proof for another address', await person.proof(method, '/v1/elsewhere', token)],
    [
      'a proof for another server',
      await person.proof(method, path, token, { htu: 'https://mallory.example/' }),
    ],
    ['a proof of an hour ago', await person.proof(method, path, token, { iat: nowS - 3600 })],
    ['a proof of an hour ahead', await person.proof(method, path, token, { iat: nowS + 3600 })],
    ...(token === undefined
      ? []
      : ([
          ['a proof without the token', await person.proof(method, path)],
          ['a proof for another token', await person.proof(method, path, `${token}x`)],
        ] as const)),
  ]
  return proofs.map(([name, proof]) => [
    name,
    shownHeaders({ ...(token === undefined ? {} : { token }), ...(proof === undefined ? {} : { proof }) }),
  ])
}

async function loginHeaders(
  person: AuditPerson,
  method: string,
  path: string,
): Promise<Record<string, string>> {
  return shownHeaders({ token: person.token, proof: await person.proof(method, path, person.token) })
}

async function expectReplayRefused(
  ledger: Ledger,
  name: string,
  ask: (headers: Record<string, string>) => Promise<Answer>,
  headers: Record<string, string>,
): Promise<void> {
  await ask(headers)
  const again = await ask(headers)
  ledger.check(`${name}: a replayed proof`, again.status === 401 && again.code === 'proof_replayed', again)
}

/** A refusal is a Problem with a code, and with nothing of what was asked for. */
async function expectRefusal(
  ledger: Ledger,
  name: string,
  answer: Answer,
  statuses: readonly number[],
): Promise<void> {
  ledger.check(name, statuses.includes(answer.status) && answer.code !== null, answer)
}
