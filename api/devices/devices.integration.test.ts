import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  coSignBody,
  deviceIdOf,
  extendChain,
  generateDhKeyPair,
  generateSignKeyPair,
  makeUpdate,
  nextBody,
  signBody,
  toBase64url,
} from '../../protocol/index.ts'
import { capabilityInventory } from '../../wire/devices.ts'
import { chainAnswer } from '../../wire/sigchain.ts'
import { describeOnBothDatabases, until } from '../db/testing.ts'
import type { Bus } from '../bus/bus.ts'
import {
  call,
  HOUR,
  hashOf,
  nonsense,
  Person,
  random,
  startApi,
  TestPlatform,
  wireEntry,
} from '../testing.ts'

/** A bus over which this instance hears nothing. */
function unheard(bus: Bus): Bus {
  return {
    publish: (topic, message) => bus.publish(topic, message),
    subscribe: async () => async () => undefined,
    claimOnce: (key, ttlMs) => bus.claimOnce(key, ttlMs),
    onRecovered: () => undefined,
    limiter: (options) => bus.limiter(options),
    healthy: () => true,
    close: async () => undefined,
  }
}

describeOnBothDatabases('Sigchains', (stores) => {
  async function situation() {
    const api = startApi(stores())
    return { api, alice: await Person.join(api, await TestPlatform.join(api), 'alice') }
  }

  /** Alice's laptop joins by an Entry of her phone and of itself. */
  async function withLaptop(alice: Person) {
    const chain = await alice.chain()
    const [sign, dh] = [await generateSignKeyPair(), await generateDhKeyPair()]
    const device = { signPub: sign.publicKey, dhPub: dh.publicKey, caps: new Uint8Array([1]) }
    const body = nextBody(chain, {
      signer: alice.genesis.deviceId,
      hour: HOUR,
      operation: { name: 'add', device },
    })
    const coSignature = await coSignBody(sign.privateKey, body)
    const entry = { body, signature: await signBody(alice.sign.privateKey, body), coSignature }
    const extended = await extendChain(chain, [entry])
    if (!extended.ok) throw new Error(extended.failure)
    const deviceId = await deviceIdOf(sign.publicKey, dh.publicKey)
    return { entry, chain: extended.chain, deviceId, sign }
  }

  test('an Entry is appended once, however often it is posted', async () => {
    const { api, alice } = await situation()
    const entry = await makeUpdate({
      chain: await alice.chain(),
      deviceId: alice.genesis.deviceId,
      sign: alice.sign,
      caps: new Uint8Array([3]),
      hour: HOUR,
    })
    for (const _ of [1, 2]) {
      expect((await alice.call('POST', '/v1/sigchain', { entry: wireEntry(entry) })).status).toBe(200)
    }
    const { headers } = await alice.capability()
    const read = await call(api, 'GET', `/v1/accounts/${alice.accountId}/sigchain`, { headers })
    expect(chainAnswer.parse(read.body).entries).toEqual([wireEntry(alice.genesis.entry), wireEntry(entry)])
    const later = await call(api, 'GET', `/v1/accounts/${alice.accountId}/sigchain?after=0`, { headers })
    expect(later.body.entries).toEqual([wireEntry(entry)])
  })

  test('of two Entries on one predecessor the second is shown the first', async () => {
    const { alice } = await situation()
    const chain = await alice.chain()
    const of = (caps: number) =>
      makeUpdate({
        chain,
        deviceId: alice.genesis.deviceId,
        sign: alice.sign,
        caps: new Uint8Array([caps]),
        hour: HOUR,
      })
    const entries = [wireEntry(await of(3)), wireEntry(await of(7))]
    const answers = await Promise.all(entries.map((entry) => alice.call('POST', '/v1/sigchain', { entry })))
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 409])
    const won = entries[answers.findIndex((answer) => answer.status === 200)]
    const lost = answers.find((answer) => answer.status === 409)
    expect(lost?.body).toMatchObject({ code: 'head_moved', entries: [won] })
  })

  test('what is no Entry, or is signed by somebody else, changes nothing', async () => {
    const { api, alice } = await situation()
    const mallory = await Person.prepare(api, 'mallory')
    const entry = await makeUpdate({
      chain: await alice.chain(),
      deviceId: alice.genesis.deviceId,
      sign: mallory.sign,
      caps: new Uint8Array([3]),
      hour: HOUR,
    })
    const other = {
      body: toBase64url(nonsense().slice()) + 'A'.repeat(40),
      signature: random(64).slice(0, 85) + 'A',
    }
    for (const refused of [wireEntry(entry), wireEntry(mallory.genesis.entry), other]) {
      const answer = await alice.call('POST', '/v1/sigchain', { entry: refused })
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_entry'])
    }
  })

  test('a revoked Device is refused at once, its Capabilities and prekeys are gone and its Stream is told', async () => {
    const { api, alice } = await situation()
    const other = startApi(stores(), { bus: await stores().anotherBus() })
    await alice.call('POST', '/v1/prekeys', await alice.prekeys(1))
    const own = await alice.capability()
    expect((await alice.call('GET', '/v1/prekeys', undefined, other)).status).toBe(200)
    const { entry, chain, deviceId, sign } = await withLaptop(alice)
    expect((await alice.call('POST', '/v1/sigchain', { entry: wireEntry(entry) })).status).toBe(200)
    const told: unknown[] = []
    const unsubscribe = await stores().bus.subscribe(`device:${alice.deviceId}`, (message) =>
      told.push(message),
    )
    const operation = { name: 'revoke', deviceId: alice.genesis.deviceId, reason: 'lost' } as const
    const body = nextBody(chain, { signer: deviceId, hour: HOUR, operation })
    const revoke = { body, signature: await signBody(sign.privateKey, body) }
    expect((await alice.call('POST', '/v1/sigchain', { entry: wireEntry(revoke) })).status).toBe(200)
    expect((await alice.call('GET', '/v1/prekeys')).body.code).toBe('device_revoked')
    const startedMs = performance.now()
    await until(
      async () => (await alice.call('GET', '/v1/prekeys', undefined, other)).body.code === 'device_revoked',
    )
    expect(performance.now() - startedMs).toBeLessThan(1000)
    await until(() => told.length > 0)
    expect(told).toEqual([{ kind: 'revoked' }])
    expect((await alice.logIn()).body.code).toBe('device_revoked')
    const read = await call(api, 'GET', `/v1/accounts/${alice.accountId}/sigchain`, { headers: own.headers })
    expect(read.body.code).toBe('not_accepted')
    expect(await stores().sql`select 1 from prekey where device_id = ${alice.deviceId}`).toEqual([])
    await unsubscribe()
  })

  test('what a revoked Device registers while an instance still believes it admits to nothing', async () => {
    const { api, alice } = await situation()
    const { entry, chain, deviceId, sign } = await withLaptop(alice)
    await alice.call('POST', '/v1/sigchain', { entry: wireEntry(entry) })
    const atMs = api.clock.now()
    const behind = startApi(stores(), { bus: unheard(stores().bus), now: () => atMs })
    expect((await alice.call('GET', '/v1/prekeys', undefined, behind)).status).toBe(200)
    const operation = { name: 'revoke', deviceId: alice.genesis.deviceId, reason: 'stolen' } as const
    const body = nextBody(chain, { signer: deviceId, hour: HOUR, operation })
    const revoke = { body, signature: await signBody(sign.privateKey, body) }
    expect((await alice.call('POST', '/v1/sigchain', { entry: wireEntry(revoke) })).status).toBe(200)
    const value = randomBytes(32)
    const batch = { add: [{ hash: hashOf(value), tag: random(15) + 'AA' }], revoke: [] }
    await alice.call('POST', '/v1/capabilities', batch, behind)
    const headers = { 'plasma-capability': value.toString('base64url') }
    const read = await call(api, 'GET', `/v1/accounts/${alice.accountId}/sigchain`, { headers })
    expect([read.status, read.body.code]).toEqual([403, 'not_accepted'])
  })

  test('a statement from a clock far ahead does not block those that follow', async () => {
    const { api, alice } = await situation()
    const { headers } = await alice.capability()
    const state = async (hour: number) =>
      alice.call('POST', '/v1/freshness', { statement: await alice.freshness(hour) })
    const nowHour = Math.floor(api.clock.now() / 3_600_000)
    for (const hour of [nowHour + 100_000, nowHour, nowHour - 5]) expect((await state(hour)).status).toBe(200)
    const read = await call(api, 'GET', `/v1/accounts/${alice.accountId}/sigchain`, { headers })
    expect(read.body.statements).toEqual([await alice.freshness(nowHour)])
  })

  test('a freshness statement comes with the chain; an older or a foreign one does not replace it', async () => {
    const { api, alice } = await situation()
    const mallory = await Person.join(api, await TestPlatform.join(api), 'mallory')
    const statement = await alice.freshness(HOUR + 5)
    expect((await alice.call('POST', '/v1/freshness', { statement })).status).toBe(200)
    expect(
      (await alice.call('POST', '/v1/freshness', { statement: await alice.freshness(HOUR) })).status,
    ).toBe(200)
    const foreign = await alice.call('POST', '/v1/freshness', { statement: await mallory.freshness() })
    expect([foreign.status, foreign.body.code]).toEqual([400, 'invalid_signature'])
    const { headers } = await alice.capability()
    const read = await call(api, 'GET', `/v1/accounts/${alice.accountId}/sigchain`, { headers })
    expect(read.body.statements).toEqual([statement])
  })
})

describeOnBothDatabases('Capabilities', (stores) => {
  async function situation() {
    const api = startApi(stores())
    const platform = await TestPlatform.join(api)
    const [alice, bob] = [await Person.join(api, platform, 'alice'), await Person.join(api, platform, 'bob')]
    const read = (headers: Record<string, string>, of = alice) =>
      call(api, 'GET', `/v1/accounts/${of.accountId}/sigchain`, { headers })
    return { api, alice, bob, read }
  }

  test('only hashes are kept, and tags are listed to the Device that registered them', async () => {
    const { alice, bob } = await situation()
    const { tag, headers } = await alice.capability()
    expect(capabilityInventory.parse((await alice.call('GET', '/v1/capabilities')).body).tags).toEqual([tag])
    expect((await bob.call('GET', '/v1/capabilities')).body).toEqual({ tags: [] })
    const rows = await stores()
      .sql`select row_to_json(delivery_capability)::text as row from delivery_capability`
    expect(JSON.stringify(rows)).not.toContain(headers['plasma-capability'])
  })

  test("unknown, revoked and another Account's are refused alike, as Capability and as Ticket", async () => {
    const { alice, bob, read } = await situation()
    const held = await alice.capability()
    expect((await read(held.headers)).status).toBe(200)
    const revoked = await alice.capability()
    await alice.call('POST', '/v1/capabilities', { add: [], revoke: [revoked.tag] })
    const { headers: foreign } = await bob.capability()
    const refused = [
      await read({ 'plasma-capability': random(32) }),
      await read({ 'plasma-ticket': random(32) }),
      await read(revoked.headers),
      await read(foreign),
      await read({ 'plasma-ticket': String(held.headers['plasma-capability']) }),
      await read(held.headers, await Person.prepare(startApi(stores()), 'nobody')),
    ]
    const [first, ...others] = refused
    expect([first?.status, first?.body.code]).toEqual([403, 'not_accepted'])
    for (const answer of others) expect([answer.status, answer.body]).toEqual([403, first?.body])
  })

  test('rotation by tag, in one batch, keeps the tag and ends the old value', async () => {
    const { alice, bob, read } = await situation()
    const old = await alice.capability()
    const foreign = await bob.capability(old.tag)
    const value = random(32)
    const { createHash } = await import('node:crypto')
    const hash = createHash('sha256').update(Buffer.from(value, 'base64url')).digest('base64url')
    const batch = { add: [{ hash, tag: old.tag }], revoke: [old.tag] }
    for (const _ of [1, 2]) expect((await alice.call('POST', '/v1/capabilities', batch)).status).toBe(200)
    expect((await read(old.headers)).body.code).toBe('not_accepted')
    expect((await read({ 'plasma-capability': value })).status).toBe(200)
    expect((await read(foreign.headers, bob)).status).toBe(200)
  })

  test('none, both, or a Login beside one is malformed', async () => {
    const { alice, read } = await situation()
    const { headers } = await alice.capability()
    const login = await alice.loginHeaders('GET', `/v1/accounts/${alice.accountId}/sigchain`)
    const wrong = [
      {},
      { ...headers, 'plasma-ticket': random(32) },
      { ...headers, ...login },
      { 'plasma-capability': 'short' },
    ]
    for (const tried of wrong) expect((await read(tried)).body.code).toBe('malformed')
  })
})
