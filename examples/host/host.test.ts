import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, describe, expect, test } from 'vitest'
import { grantClaims } from '../../wire/grants.ts'
import { createHost } from './app.ts'
import { openGrantSigner } from './grants.ts'
import { openProfiles, people } from './people.ts'
import { chooseLanguage, text } from './text.ts'
import { openVisitors } from './visitors.ts'

const MESSENGER = 'http://localhost:8081'
const HOST = 'http://localhost:8080'
const LINK = `${MESSENGER}/c#AQIDBAUGBwgJCgsMDQ4PEBESExQ`
const JKT = 'a'.repeat(43)
const NONCE = 'n'.repeat(22)

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plasma-host-'))
  folders.push(folder)
  return folder
}

/** The Platform over `folder`, with what a browser does: it keeps the cookie and sends its origin. */
async function openHost(folder = newFolder()) {
  const app = createHost({
    profiles: openProfiles(folder),
    visitors: openVisitors(folder),
    signer: await openGrantSigner(folder, 'pk_ceramics', MESSENGER),
    messengerOrigin: MESSENGER,
  })
  let cookie = ''
  const request = async (path: string, form?: Record<string, string>, language = 'en') => {
    const headers = { Cookie: cookie, Origin: HOST, 'Accept-Language': language }
    const body = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }
    const answer = await app.request(HOST + path, { headers, ...body })
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie
    return answer
  }
  return { app, request, signIn: (person: string, next = '/') => request('/sign-in', { person, next }) }
}

function grantAddress(changed: Record<string, string> = {}): string {
  const query = { jkt: JKT, nonce: NONCE, audience: MESSENGER, return: `${MESSENGER}/signed-in`, ...changed }
  return `/plasma/sign-in?${new URLSearchParams(query).toString()}`
}

async function grantOf(answer: Response, host: Awaited<ReturnType<typeof openHost>>) {
  const location = new URL(answer.headers.get('location') ?? '')
  const fragment = new URLSearchParams(location.hash.slice(1))
  const keys = (await (await host.request('/plasma/jwks.json')).json()) as JSONWebKeySet
  const verified = await jwtVerify(fragment.get('grant') ?? '', createLocalJWKSet(keys))
  return { location, nonce: fragment.get('nonce'), ...verified, claims: grantClaims.parse(verified.payload) }
}

describe('a Grant', () => {
  test('is signed for the visitor, the login key and the messenger, for five minutes', async () => {
    const host = await openHost()
    await host.signIn('anna')
    const answer = await host.request(grantAddress())
    expect(answer.status).toBe(302)
    const { location, nonce, claims, protectedHeader } = await grantOf(answer, host)
    expect(location.origin + location.pathname + location.search).toBe(`${MESSENGER}/signed-in`)
    expect(nonce).toBe(NONCE)
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', kid: expect.any(String) })
    expect(claims).toMatchObject({
      iss: 'pk_ceramics',
      aud: MESSENGER,
      sub: 'anna',
      nonce: NONCE,
      cnf: { jkt: JKT },
    })
    expect(claims.exp - claims.iat).toBe(300)
  })

  test('waits until its visitor has signed in, and then goes where it was asked for', async () => {
    const host = await openHost()
    const chooser = await host.request(grantAddress())
    expect(chooser.status).toBe(200)
    expect(await chooser.text()).toContain(text.en.chooseTitle)
    const back = await host.signIn('boris', grantAddress())
    const answer = await host.request(back.headers.get('location') ?? '')
    expect((await grantOf(answer, host)).claims.sub).toBe('boris')
  })

  test.for([
    ['another site to return to', { return: 'https://mallory.example/signed-in' }],
    ['another audience', { audience: 'https://mallory.example' }],
    ['no login key', { jkt: '' }],
    ['a short nonce', { nonce: 'n' }],
    ['an address that is none', { return: 'javascript:alert(1)' }],
  ] as const)('is refused for %s', async ([, changed]) => {
    const host = await openHost()
    await host.signIn('anna')
    const answer = await host.request(grantAddress(changed))
    expect(answer.status).toBe(400)
    expect(answer.headers.get('location')).toBeNull()
  })

  test('carries the right to begin conversations only while the subscription is paid', async () => {
    const host = await openHost()
    await host.signIn('anna')
    const paid = (await grantOf(await host.request(grantAddress()), host)).claims.ent
    await host.request('/people/anna/paid', { paid: 'no' })
    const unpaid = (await grantOf(await host.request(grantAddress()), host)).claims.ent
    expect(paid).toMatchObject({ start: true, reply: true })
    expect(unpaid).toMatchObject({ start: false, reply: true })
    expect(unpaid.version).toBeGreaterThan(paid.version)
  })
})

describe('a profile', () => {
  test('shows the link as a code and as “Message Anna”, once she has put it there', async () => {
    const host = await openHost()
    expect(await (await host.request('/people/anna')).text()).toContain(text.en.noLink('Anna Vetrova'))
    await host.signIn('anna')
    await host.request('/people/anna/link', { link: LINK })
    await host.signIn('boris')
    const page = await (await host.request('/people/anna')).text()
    expect(page).toContain(`href="${LINK}"`)
    expect(page).toContain('Message Anna Vetrova')
    expect(page).toContain('aria-label="Contact code of Anna Vetrova"')
  })

  test('is changed by its owner only', async () => {
    const host = await openHost()
    expect((await host.request('/people/anna/link', { link: LINK })).status).toBe(404)
    await host.signIn('boris')
    expect((await host.request('/people/anna/link', { link: LINK })).status).toBe(404)
    expect((await host.request('/people/anna/paid', { paid: 'no' })).status).toBe(404)
  })

  test.for([
    'javascript:alert(1)',
    'https://mallory.example/c#AQ',
    `${MESSENGER}/c`,
    `${LINK}"><script>alert(1)</script>`.repeat(20),
  ])('refuses %s as a link', async (link) => {
    const host = await openHost()
    await host.signIn('anna')
    expect((await host.request('/people/anna/link', { link })).status).toBe(400)
  })

  test('escapes whatever was typed', async () => {
    const host = await openHost()
    await host.signIn('anna')
    await host.request('/people/anna/link', { link: `${LINK}"><script>alert(1)</script>` })
    expect(await (await host.request('/people/anna')).text()).not.toContain('<script>alert')
  })

  test('is found again after a restart, with the same signing key and the same visitor', async () => {
    const folder = newFolder()
    const before = await openHost(folder)
    await before.signIn('anna')
    await before.request('/people/anna/link', { link: LINK })
    const after = await openHost(folder)
    expect(await (await after.request('/people/anna')).text()).toContain(`href="${LINK}"`)
    expect(await (await after.request('/plasma/jwks.json')).json()).toEqual(
      await (await before.request('/plasma/jwks.json')).json(),
    )
  })
})

describe('the Platform', () => {
  test('lists its people in English and in Russian', async () => {
    const host = await openHost()
    for (const language of ['en', 'ru'] as const) {
      const page = await (await host.request('/', undefined, language)).text()
      expect(page).toContain(`<html lang="${language}">`)
      for (const person of people) expect(page).toContain(person.name[language])
    }
  })

  test.for([
    ['ru-RU,ru;q=0.9,en;q=0.8', 'ru'],
    ['en-GB,en;q=0.9,ru;q=0.8', 'en'],
    ['de-DE,de', 'en'],
    [undefined, 'en'],
  ] as const)('speaks to %s in %s', ([header, language]) => {
    expect(chooseLanguage(header)).toBe(language)
  })

  test('runs nothing inline on any page', async () => {
    const host = await openHost()
    await host.signIn('anna')
    for (const path of ['/', '/sign-in', '/people/anna', '/people/boris', '/plasma/link', '/nowhere']) {
      const answer = await host.request(path)
      const policy = answer.headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).not.toContain('unsafe')
      expect(await answer.text()).not.toMatch(/<script(?! src=)|\son\w+=|\sstyle=|javascript:/)
    }
  })

  test('refuses a form sent from another site', async () => {
    const { app } = await openHost()
    const answer = await app.request(`${HOST}/sign-in`, {
      method: 'POST',
      headers: { Origin: 'https://mallory.example' },
      body: new URLSearchParams({ person: 'anna', next: '/' }),
    })
    expect(answer.status).toBe(403)
  })

  test.for(['//mallory.example', '/\\mallory.example', 'https://mallory.example'])(
    'never leads to another site after signing in: %s',
    async (next) => {
      const host = await openHost()
      expect((await host.signIn('anna', next)).headers.get('location')).toBe('/')
    },
  )

  test('serves its script and style, and nothing outside their folder', async () => {
    const host = await openHost()
    expect((await host.request('/link.js')).headers.get('content-type')).toContain('javascript')
    expect((await host.request('/host.css')).status).toBe(200)
    for (const path of ['/../main.ts', '/%2e%2e/main.ts', '/..%2fmain.ts']) {
      expect((await host.request(path)).status).toBe(404)
    }
  })

  test('does not know a visitor whose cookie was made up', async () => {
    const { app } = await openHost()
    const answer = await app.request(`${HOST}/`, { headers: { Cookie: 'ceramics_visitor=anna.AAAA' } })
    expect(await answer.text()).toContain(text.en.signIn)
  })
})
