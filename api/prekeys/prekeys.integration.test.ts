import { expect, test } from 'vitest'
import { bundleAnswer, prekeyInventory } from '../../wire/prekeys.ts'
import { describeOnBothDatabases, describeOnServers, until } from '../db/testing.ts'
import type { Queries } from '../db/sql.ts'
import { call, Person, random, startApi, TestPlatform } from '../testing.ts'

const DAY_MS = 86_400_000

describeOnBothDatabases('Prekeys', (stores) => {
  async function situation(changes: { retentionDays?: number } = {}) {
    const api = startApi(stores())
    const platform = await TestPlatform.join(api, changes)
    const alice = await Person.join(api, platform, 'alice')
    const take = (headers: Record<string, string>, devices = [alice.deviceId]) =>
      call(api, 'POST', `/v1/accounts/${alice.accountId}/bundles`, { headers, body: { devices } })
    return { api, platform, alice, take }
  }

  test('an upload may be repeated, replaces the current ones and purges by id', async () => {
    const { alice } = await situation()
    const first = await alice.prekeys(3)
    for (const _ of [1, 2]) expect((await alice.call('POST', '/v1/prekeys', first)).status).toBe(200)
    const purge = [first.oneTime[0]?.prekeyId, first.oneTimeKem[0]?.prekeyId, first.signedPreKey.prekeyId]
    const next = { ...(await alice.prekeys(1)), purge }
    expect((await alice.call('POST', '/v1/prekeys', next)).status).toBe(200)
    const held = prekeyInventory.parse((await alice.call('GET', '/v1/prekeys')).body)
    const idsOf = (prekeys: readonly { prekeyId: string }[]) => prekeys.map(({ prekeyId }) => prekeyId)
    expect(held).toEqual({
      signedPreKeyId: next.signedPreKey.prekeyId,
      lastResortId: next.lastResort.prekeyId,
      oneTimeIds: [...idsOf(first.oneTime.slice(1)), ...idsOf(next.oneTime)],
      oneTimeKemIds: [...idsOf(first.oneTimeKem.slice(1)), ...idsOf(next.oneTimeKem)],
    })
  })

  test('a prekey that its Device did not sign for this use is refused by its place', async () => {
    const { api, alice } = await situation()
    const mallory = await Person.prepare(api, 'mallory')
    const [own, foreign] = [await alice.prekeys(2), await mallory.prekeys(1)]
    const whereOf = async (changes: object) => {
      const answer = await alice.call('POST', '/v1/prekeys', { ...own, ...changes })
      return [answer.status, answer.body.code, answer.body.where]
    }
    expect(await whereOf({ oneTime: [own.oneTime[0], foreign.oneTime[0]] })).toEqual([
      400,
      'invalid_signature',
      ['oneTime.1'],
    ])
    expect(await whereOf({ signedPreKey: own.oneTime[0] })).toEqual([
      400,
      'invalid_signature',
      ['signedPreKey'],
    ])
    expect(await whereOf({ lastResort: own.oneTimeKem[0] })).toEqual([
      400,
      'invalid_signature',
      ['lastResort'],
    ])
    expect((await alice.call('GET', '/v1/prekeys')).body.oneTimeIds).toEqual([])
  })

  test('a Capability takes three one-time prekeys of a Device a day, then the last resort', async () => {
    const { api, alice, take } = await situation({ retentionDays: 7 })
    const uploaded = await alice.prekeys(10)
    await alice.call('POST', '/v1/prekeys', uploaded)
    const { headers } = await alice.capability()
    const taken = []
    for (const _ of [1, 2, 3]) taken.push(bundleAnswer.parse((await take(headers)).body))
    expect(taken[0]?.retentionDays).toBe(7)
    const bundles = taken.flatMap((answer) => answer.bundles)
    expect(bundles.map((bundle) => bundle.oneTime)).toEqual(uploaded.oneTime.slice(0, 3))
    expect(bundles.map((bundle) => bundle.kem)).toEqual(uploaded.oneTimeKem.slice(0, 3))
    const exhausted = (await take(headers)).body.bundles
    expect(exhausted).toMatchObject([
      { oneTime: null, kem: uploaded.lastResort, signedPreKey: uploaded.signedPreKey },
    ])
    expect((await take((await alice.capability()).headers)).body.bundles[0].oneTime).toEqual(
      uploaded.oneTime[3],
    )
    api.clock.advance(DAY_MS)
    expect((await take(headers)).body.bundles[0].oneTime).toEqual(uploaded.oneTime[4])
  })

  test('when none is left there is still the last resort', async () => {
    const { alice, take } = await situation()
    const uploaded = await alice.prekeys(0)
    await alice.call('POST', '/v1/prekeys', uploaded)
    const { headers } = await alice.capability()
    expect((await take(headers)).body.bundles).toMatchObject([{ oneTime: null, kem: uploaded.lastResort }])
  })

  test('no one-time prekey is given out twice, however many ask at once', async () => {
    const { alice, take } = await situation()
    await alice.call('POST', '/v1/prekeys', await alice.prekeys(12))
    const capabilities = []
    for (let i = 0; i < 6; i++) capabilities.push((await alice.capability()).headers)
    const answers = await Promise.all(
      capabilities.flatMap((headers) => [take(headers), take(headers), take(headers)]),
    )
    const ids = answers
      .flatMap((answer) => answer.body.bundles)
      .flatMap((bundle) => bundle.oneTime?.prekeyId ?? [])
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.length).toBe(12)
  })

  test('a prekey that was given out and is uploaded again by a late repetition is not given out again', async () => {
    const { api, alice, take } = await situation()
    const uploaded = await alice.prekeys(2)
    await alice.call('POST', '/v1/prekeys', uploaded)
    const { headers } = await alice.capability()
    const [first] = (await take(headers)).body.bundles
    expect([first.oneTime, first.kem]).toEqual([uploaded.oneTime[0], uploaded.oneTimeKem[0]])
    const purge = [first.oneTime.prekeyId, first.kem.prekeyId]
    expect((await alice.call('POST', '/v1/prekeys', { oneTime: [], oneTimeKem: [], purge })).status).toBe(200)
    expect((await alice.call('POST', '/v1/prekeys', uploaded)).status).toBe(200)
    const held = (await alice.call('GET', '/v1/prekeys')).body
    expect(held.oneTimeIds).toEqual([uploaded.oneTime[1]?.prekeyId])
    expect(held.oneTimeKemIds).toEqual([uploaded.oneTimeKem[1]?.prekeyId])
    const later = [...(await take(headers)).body.bundles, ...(await take(headers)).body.bundles]
    expect(later.map((bundle) => bundle.oneTime)).toEqual([uploaded.oneTime[1], null])
    expect(later.map((bundle) => bundle.kem)).toEqual([uploaded.oneTimeKem[1], uploaded.lastResort])
    api.clock.advance(106 * DAY_MS)
    await alice.logIn()
    await alice.call('POST', '/v1/prekeys', { oneTime: [], oneTimeKem: [], purge: [] })
    const rows = await stores().sql`select 1 from prekey where device_id = ${alice.deviceId}`
    expect(rows).toHaveLength(2)
  })

  test('a Ticket opens three bundles a Device, and not one of another Account', async () => {
    const { api, platform, alice, take } = await situation()
    const bob = await Person.join(api, platform, 'bob')
    await alice.call('POST', '/v1/prekeys', await alice.prekeys(5))
    const ticket = await bob.ticketFrom((await alice.link()).open)
    const foreign = await call(api, 'POST', `/v1/accounts/${bob.accountId}/bundles`, {
      headers: ticket,
      body: { devices: [bob.deviceId] },
    })
    expect(foreign.body.code).toBe('not_accepted')
    for (const _ of [1, 2, 3]) expect((await take(ticket)).body.bundles).toHaveLength(1)
    const spent = await take(ticket)
    expect([spent.status, spent.body]).toEqual([403, foreign.body])
  })

  test('unknown Devices and those without prekeys are left out', async () => {
    const { alice, take } = await situation()
    const { headers } = await alice.capability()
    expect((await take(headers, [alice.deviceId, random(15) + 'AA'])).body.bundles).toEqual([])
  })
})

describeOnServers('Bundles taken while the right to them ends', (stores) => {
  async function situation() {
    const api = startApi(stores())
    const platform = await TestPlatform.join(api)
    const [alice, bob] = [await Person.join(api, platform, 'alice'), await Person.join(api, platform, 'bob')]
    await alice.call('POST', '/v1/prekeys', await alice.prekeys(1))
    const take = (headers: Record<string, string>) =>
      call(api, 'POST', `/v1/accounts/${alice.accountId}/bundles`, {
        headers,
        body: { devices: [alice.deviceId] },
      })
    return { alice, bob, take }
  }

  /** What `ask` is answered when the right was there as it came, and ended before it was counted. */
  async function askedWhileEnding(
    end: (tx: Queries) => Promise<unknown>,
    ask: () => ReturnType<typeof call>,
  ): ReturnType<typeof call> {
    const { sql } = stores()
    const [ended, commit] = [gate(), gate()]
    const ending = sql.transaction(async (tx) => {
      await end(tx)
      ended.open()
      await commit.passed
    })
    await ended.passed
    const asked = ask()
    await until(async () => (await sql`select 1 from pg_locks where not granted`).length > 0)
    commit.open()
    await ending
    return asked
  }

  test('a Ticket that ends at this moment is refused like any other', async () => {
    const { alice, bob, take } = await situation()
    const ticket = await bob.ticketFrom((await alice.link()).open)
    const answer = await askedWhileEnding(
      (tx) => tx`delete from ticket where account_id = ${alice.accountId}`,
      () => take(ticket),
    )
    expect([answer.status, answer.body.code]).toEqual([403, 'not_accepted'])
  })

  test('a Capability that ends at this moment takes no one-time prekey', async () => {
    const { alice, take } = await situation()
    const { headers } = await alice.capability()
    const answer = await askedWhileEnding(
      (tx) => tx`delete from delivery_capability where account_id = ${alice.accountId}`,
      () => take(headers),
    )
    expect(answer.body.bundles).toMatchObject([{ oneTime: null }])
    expect((await alice.call('GET', '/v1/prekeys')).body.oneTimeIds).toHaveLength(1)
  })
})

function gate(): { readonly passed: Promise<void>; open(): void } {
  let open: () => void = () => undefined
  const passed = new Promise<void>((resolve) => (open = resolve))
  return { passed, open: () => open() }
}
