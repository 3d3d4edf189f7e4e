import { generateProof } from 'dpop'
import { generateKeyPair, type JWTPayload } from 'jose'
import { expect, test } from 'vitest'
import { login as loginAnswer } from '../../wire/grants.ts'
import { describeOnBothDatabases } from '../db/testing.ts'
import type { Sql } from '../db/sql.ts'
import { call, ORIGIN, Person, startApi, TestPlatform, wireEntry, type TestApi } from '../testing.ts'

async function codeOf(answer: Response): Promise<string> {
  return String(((await answer.json()) as { code?: unknown }).code)
}

/** A database that goes away when it is to write. */
function withoutTransactions(sql: Sql): Sql {
  const transaction = async () => {
    throw Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' })
  }
  return new Proxy(sql, {
    get: (target, key) => (key === 'transaction' ? transaction : Reflect.get(target, key)),
  })
}

describeOnBothDatabases('Grants and Logins', (stores) => {
  async function situation() {
    const api = startApi(stores())
    return { api, platform: await TestPlatform.join(api) }
  }

  test('a Grant and a genesis make an Account whose Device may log in again', async () => {
    const { api, platform } = await situation()
    const alice = await Person.prepare(api, 'alice')
    const made = await alice.createAccount(await platform.grant(alice.jkt, { sub: alice.subject }))
    expect(made.status).toBe(201)
    expect(loginAnswer.parse(made.body)).toMatchObject({
      accountId: alice.accountId,
      deviceId: alice.deviceId,
    })
    expect(made.body.entitlement).toEqual({ version: 1, start: true, reply: true, untilMs: null })
    expect((await alice.logIn()).status).toBe(200)
    expect((await alice.call('GET', '/v1/prekeys')).status).toBe(200)
  })

  test('the same request again is answered 200 although its Grant is spent', async () => {
    const { api, platform } = await situation()
    const alice = await Person.prepare(api, 'alice')
    const grant = await platform.grant(alice.jkt, { sub: alice.subject })
    expect((await alice.createAccount(grant)).status).toBe(201)
    const again = await alice.createAccount(grant)
    expect(again.status).toBe(200)
    expect(again.body).toMatchObject({ accountId: alice.accountId, deviceId: alice.deviceId })
  })

  test('a subject that has an Account gets no second one', async () => {
    const { api, platform } = await situation()
    const alice = await Person.join(api, platform, 'alice')
    const other = await Person.prepare(api, 'alice')
    const answer = await other.createAccount(await platform.grant(other.jkt, { sub: alice.subject }))
    expect([answer.status, answer.body.code]).toEqual([409, 'account_exists'])
  })

  test('of two first Devices of one subject at the same time one makes the Account', async () => {
    const { api, platform } = await situation()
    const [phone, laptop] = await Promise.all([Person.prepare(api, 'alice'), Person.prepare(api, 'alice')])
    const answers = await Promise.all(
      [phone, laptop].map(async (device) =>
        device.createAccount(await platform.grant(device.jkt, { sub: 'shared' })),
      ),
    )
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, 409])
  })

  test('the same subject of two Platforms is two people', async () => {
    const { api, platform } = await situation()
    const other = await TestPlatform.join(api)
    const one = await Person.join(api, platform, 'alice', { sub: 'the-same' })
    const two = await Person.join(api, other, 'alice', { sub: 'the-same' })
    expect(one.accountId).not.toBe(two.accountId)
  })

  const nowS = () => Math.floor(Date.now() / 1000)
  const refused: readonly {
    readonly what: string
    readonly claims: () => JWTPayload
    readonly header?: Record<string, unknown>
  }[] = [
    { what: 'another audience', claims: () => ({ aud: 'https://other.example' }) },
    { what: 'an audience list', claims: () => ({ aud: [ORIGIN, 'https://other.example'] }) },
    { what: 'no nonce', claims: () => ({ nonce: undefined }) as JWTPayload },
    {
      what: 'a key that is not the one that proved itself',
      claims: () => ({ cnf: { jkt: 'A'.repeat(43) } }),
    },
    { what: 'an end in the past', claims: () => ({ iat: nowS() - 400, exp: nowS() - 100 }) },
    { what: 'a start in the future', claims: () => ({ iat: nowS() + 300, exp: nowS() + 500 }) },
    { what: 'a life of more than ten minutes', claims: () => ({ exp: nowS() + 601 }) },
    { what: 'an end before its start', claims: () => ({ iat: nowS() + 50, exp: nowS() + 40 }) },
    { what: 'an unknown Platform', claims: () => ({ iss: 'pk_unknown' }) },
    { what: 'no entitlement', claims: () => ({ ent: undefined }) as JWTPayload },
    { what: 'an e-mail address as its subject', claims: () => ({ sub: 'alice@example.org' }) },
    { what: 'a telephone number as its subject', claims: () => ({ sub: '+7 916 123-45-67' }) },
    { what: 'an unknown kid', claims: () => ({}), header: { kid: 'key-2' } },
    { what: 'no kid', claims: () => ({}), header: { kid: undefined } },
    { what: 'a kid that no database takes', claims: () => ({}), header: { kid: 'key\0' } },
    {
      what: 'an entitlement that ends before time began',
      claims: () => ({ ent: { version: 1, start: true, reply: true, until: -1 } }),
    },
    {
      what: 'an entitlement that ends after time does',
      claims: () => ({ ent: { version: 1, start: true, reply: true, until: Number.MAX_SAFE_INTEGER } }),
    },
  ]
  test.each(refused)('a Grant with $what is refused', async ({ claims, header }) => {
    const { api, platform } = await situation()
    const alice = await Person.prepare(api, 'alice')
    const answer = await alice.createAccount(await platform.grant(alice.jkt, claims(), header))
    expect([answer.status, answer.body.code]).toEqual([401, 'grant_refused'])
  })

  test("a Grant signed by another key under the Platform's kid is refused", async () => {
    const { api, platform } = await situation()
    const mallory = await TestPlatform.join(api)
    const alice = await Person.prepare(api, 'alice')
    const answer = await alice.createAccount(await mallory.grant(alice.jkt, { iss: platform.platformId }))
    expect(answer.body.code).toBe('grant_refused')
  })

  test('an unsigned Grant is refused', async () => {
    const { api, platform } = await situation()
    const alice = await Person.prepare(api, 'alice')
    const [, payload] = (await platform.grant(alice.jkt)).split('.')
    const header = Buffer.from(JSON.stringify({ alg: 'none', kid: platform.kid })).toString('base64url')
    const answer = await alice.createAccount(`${header}.${payload}.AA`)
    expect(answer.body.code).toBe('grant_refused')
  })

  test('of two copies of one request at the same time one makes the Account and both are answered', async () => {
    const { api, platform } = await situation()
    const alice = await Person.prepare(api, 'alice')
    const grant = await platform.grant(alice.jkt, { sub: alice.subject })
    const answers = await Promise.all([alice.createAccount(grant), alice.createAccount(grant)])
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 201])
  })

  test('a Grant whose Account could not be stored is as good as before', async () => {
    const { api, platform } = await situation()
    const failing = startApi(stores(), { sql: withoutTransactions(stores().sql) })
    const alice = await Person.prepare(failing, 'alice')
    const grant = await platform.grant(alice.jkt, { sub: alice.subject })
    expect((await alice.createAccount(grant)).body.code).toBe('unavailable')
    const headers = { dpop: await alice.proof('POST', '/v1/accounts') }
    const body = { grant, genesis: wireEntry(alice.genesis.entry) }
    expect((await call(api, 'POST', '/v1/accounts', { body, headers })).status).toBe(201)
  })

  test('a spent Grant makes no second Account, even when the first is gone', async () => {
    const { api, platform } = await situation()
    const alice = await Person.prepare(api, 'alice')
    const grant = await platform.grant(alice.jkt, { sub: alice.subject })
    expect((await alice.createAccount(grant)).status).toBe(201)
    await stores().sql`delete from account where account_id = ${alice.accountId}`
    expect((await alice.createAccount(grant)).body.code).toBe('grant_refused')
  })

  test('a Login with a Grant may be repeated with the same one after a lost answer', async () => {
    const { api, platform } = await situation()
    const alice = await Person.join(api, platform, 'alice')
    const ent = { version: 2, start: true, reply: false }
    const grant = await platform.grant(alice.jkt, { sub: alice.subject, ent })
    for (const _ of [1, 2]) {
      const answer = await alice.logIn(grant)
      expect([answer.status, answer.body.entitlement]).toMatchObject([200, ent])
    }
  })

  test('whoever enters an own Account again by a new Grant gets what it brings', async () => {
    const { api, platform } = await situation()
    const alice = await Person.join(api, platform, 'alice')
    const ent = { version: 2, start: false, reply: true }
    const again = await alice.createAccount(await platform.grant(alice.jkt, { sub: alice.subject, ent }))
    expect([again.status, again.body.entitlement]).toMatchObject([200, ent])
  })

  test('the higher version of an entitlement wins', async () => {
    const { api, platform } = await situation()
    const alice = await Person.join(api, platform, 'alice', { ent: { version: 3, start: true, reply: true } })
    const grantOf = (version: number) =>
      platform.grant(alice.jkt, {
        sub: alice.subject,
        ent: { version, start: false, reply: true, until: 2_000_000_000 },
      })
    expect((await alice.logIn(await grantOf(2))).body.entitlement).toMatchObject({ version: 3, start: true })
    const renewed = await alice.logIn(await grantOf(4))
    expect(renewed.body.entitlement).toEqual({
      version: 4,
      start: false,
      reply: true,
      untilMs: 2_000_000_000_000,
    })
  })

  test("another subject's Grant brings nothing", async () => {
    const { api, platform } = await situation()
    const alice = await Person.join(api, platform, 'alice')
    expect((await alice.logIn(await platform.grant(alice.jkt))).body.code).toBe('grant_refused')
  })

  test('a genesis with a broken signature makes no Account and leaves the Grant unspent', async () => {
    const { api, platform } = await situation()
    const alice = await Person.prepare(api, 'alice')
    const mallory = await Person.prepare(api, 'mallory')
    const grant = await platform.grant(alice.jkt, { sub: alice.subject })
    const { body } = alice.genesis.entry
    const forged = {
      body: Buffer.from(body).toString('base64url'),
      signature: Buffer.from(mallory.genesis.entry.signature).toString('base64url'),
    }
    const answer = await alice.createAccount(grant, forged as never)
    expect([answer.status, answer.body]).toMatchObject([400, { code: 'invalid_entry', where: ['genesis'] }])
    expect((await alice.createAccount(grant)).status).toBe(201)
  })

  test('nothing of a Grant is stored or logged in clear text', async () => {
    const { api, platform } = await situation()
    const alice = await Person.join(api, platform, 'alice', {
      name: 'Alice Liddell',
      sub: 'subject-in-clear',
    })
    await alice.logIn()
    const tables = await stores().sql`select row_to_json(account)::text as row from account`
    const kept = JSON.stringify([tables, api.logLines])
    for (const secret of ['subject-in-clear', 'Alice Liddell', alice.accessToken])
      expect(kept).not.toContain(secret)
    for (const id of [alice.accountId, alice.deviceId]) expect(api.logLines.join()).not.toContain(id)
  })
})

describeOnBothDatabases('DPoP proofs', (stores) => {
  async function situation() {
    const api = startApi(stores())
    return { api, alice: await Person.join(api, await TestPlatform.join(api), 'alice') }
  }

  async function answerTo(api: TestApi, alice: Person, proof: string): Promise<readonly [number, string]> {
    const answer = await api.app.request(`${ORIGIN}/v1/prekeys`, {
      headers: { authorization: `DPoP ${alice.accessToken}`, dpop: proof },
    })
    return [answer.status, await codeOf(answer)]
  }

  test('a proof is good for one request, on any instance', async () => {
    const { api, alice } = await situation()
    const other = startApi(stores(), { bus: await stores().anotherBus() })
    const headers = await alice.loginHeaders('GET', '/v1/prekeys')
    const ask = (at: TestApi) => at.app.request(`${ORIGIN}/v1/prekeys`, { headers })
    expect((await ask(api)).status).toBe(200)
    const again = await ask(other)
    expect([again.status, await codeOf(again)]).toEqual([401, 'proof_replayed'])
  })

  test('of a hundred copies of one proof at the same time one is let in', async () => {
    const { api, alice } = await situation()
    const headers = await alice.loginHeaders('GET', '/v1/prekeys')
    const ask = () => api.app.request(`${ORIGIN}/v1/prekeys`, { headers })
    const answers = await Promise.all(Array.from({ length: 100 }, ask))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
  })

  test('every proof that does not fit its request gets the same answer', async () => {
    const { api, alice } = await situation()
    const mallory = await Person.prepare(api, 'mallory')
    const token = alice.accessToken
    const iat = Math.floor(api.clock.now() / 1000)
    const proofs = await Promise.all([
      alice.proof('POST', '/v1/prekeys', token),
      alice.proof('GET', '/v1/capabilities', token),
      alice.proof('GET', '/v1/prekeys', token, { htu: 'https://other.example/v1/prekeys' }),
      alice.proof('GET', '/v1/prekeys', token, { iat: iat - 302 }),
      alice.proof('GET', '/v1/prekeys', token, { iat: iat + 302 }),
      alice.proof('GET', '/v1/prekeys'),
      alice.proof('GET', '/v1/prekeys', `${token}x`),
      mallory.proof('GET', '/v1/prekeys', token),
    ])
    for (const proof of [...proofs, '', 'not.a.proof', token]) {
      expect(await answerTo(api, alice, proof)).toEqual([401, 'login_required'])
    }
  })

  test('a proof by a key of another kind is refused', async () => {
    const { api, alice } = await situation()
    const { privateKey, publicKey } = await generateKeyPair('Ed25519')
    const keys = { privateKey, publicKey } as never
    const proof = await generateProof(keys, `${ORIGIN}/v1/prekeys`, 'GET', undefined, alice.accessToken)
    expect(await answerTo(api, alice, proof)).toEqual([401, 'login_required'])
  })

  test('a Login ends after ten minutes, and one signed by somebody else never begins', async () => {
    const { api, alice } = await situation()
    api.clock.advance(599_000)
    expect((await alice.call('GET', '/v1/prekeys')).status).toBe(200)
    api.clock.advance(2_000)
    expect((await alice.call('GET', '/v1/prekeys')).body.code).toBe('login_required')
    await alice.logIn()
    const [header, payload] = alice.accessToken.split('.')
    alice.accessToken = `${header}.${payload}.${'A'.repeat(43)}`
    const refused = await alice.call('GET', '/v1/prekeys')
    expect([refused.status, refused.body.code]).toEqual([401, 'login_required'])
    expect(refused.headers.get('www-authenticate')).toBe('DPoP algs="ES256"')
  })

  test("another Device's key gets no Login for this Device", async () => {
    const { api, alice } = await situation()
    const mallory = await Person.join(api, await TestPlatform.join(api), 'mallory')
    const ask = async (deviceId: string) => {
      const headers = { dpop: await mallory.proof('POST', '/v1/login'), 'content-type': 'application/json' }
      const body = JSON.stringify({ accountId: alice.accountId, deviceId })
      return codeOf(await api.app.request(`${ORIGIN}/v1/login`, { method: 'POST', headers, body }))
    }
    expect(await ask(alice.deviceId)).toBe('login_required')
    expect(await ask('AAAAAAAAAAAAAAAAAAAAAA')).toBe('login_required')
  })
})
