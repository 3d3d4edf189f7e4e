import { connect } from 'node:net'
import { beforeAll, expect, test } from 'vitest'
import type { RunId, Tag } from '../../wire/ids.ts'
import type { Bus } from '../bus/bus.ts'
import { describeOnBothDatabases, until } from '../db/testing.ts'
import { deviceMessage, deviceTopic } from './messages.ts'
import {
  acknowledge,
  busWith,
  countRows,
  instanceForEachTest,
  listenCaughtUp,
  newEnvelopeId,
  newId,
  post,
  World,
} from './testing.ts'

describeOnBothDatabases('delivery', (stores) => {
  const here = instanceForEachTest(stores)
  beforeAll(async () => {
    const { sql } = stores()
    await sql.unsafe(`
      create table inserted (device_id text not null);
      create function count_insert() returns trigger language plpgsql as $$
        begin insert into inserted values (new.device_id); return new; end $$;
      create trigger count_inserts after insert on envelope for each row execute function count_insert();`)
  })
  const countInserts = async (deviceId: string) => {
    const rows = await stores().sql`select 1 from inserted where device_id = ${deviceId}`
    return rows.length
  }

  test('1,000 Envelopes between two who are online write no row; those for an absent Device write one each', async () => {
    const patient = await here.start({ holdMs: 20_000 })
    const [bob, carol] = [here.world.account(), here.world.account()]
    const stream = await listenCaughtUp(patient, bob.device)
    for (let n = 0; n < 20; n++) {
      const posted = await Promise.all(Array.from({ length: 50 }, () => post(patient, bob)))
      expect(posted.every(({ status }) => status === 200)).toBe(true)
    }
    expect(new Set(stream.envelopes.map(({ envelopeId }) => envelopeId)).size).toBe(1000)
    expect(await countInserts(bob.device)).toBe(0)

    const absent = await Promise.all(Array.from({ length: 30 }, () => post(here.instance, carol)))
    expect(absent.every(({ status }) => status === 200)).toBe(true)
    expect(await countInserts(carol.device)).toBe(30)
    const later = await listenCaughtUp(here.instance, carol.device)
    expect(later.envelopes).toHaveLength(30)
    await until(async () => (await countRows(stores().sql, [carol.device])) === 0)
    for (const one of [stream, later]) one.stop()
  })

  test('the sender of an Envelope for an absent Device does not wait for the Hold', async () => {
    const slow = await here.start({ holdMs: 30_000 })
    const bob = here.world.account()
    expect((await post(slow, bob)).tookMs).toBeLessThan(5000)
    expect(await countRows(stores().sql, [bob.device])).toBe(1)
  })

  test('what a connected Device does not acknowledge is stored, and comes to it again', async () => {
    const quick = await here.start({ holdMs: 50 })
    const bob = here.world.account()
    const stream = await listenCaughtUp(quick, bob.device, { onEnvelope: null })
    const posted = await post(quick, bob)
    expect(posted.body).toEqual({ accepted: posted.envelopeIds })
    expect(await countRows(stores().sql, [bob.device])).toBe(1)
    await until(() => stream.envelopes.length === 2)
    expect(stream.envelopes.map(({ receipt }) => receipt === null)).toEqual([false, true])
    await acknowledge(quick, bob.device, stream.envelopes)
    expect(await countRows(stores().sql, [bob.device])).toBe(0)
    stream.stop()
  })

  test("mallory's acknowledgement ends neither bob's Hold nor bob's row", async () => {
    const quick = await here.start({ holdMs: 300 })
    const [bob, mallory] = [here.world.account(), here.world.account()]
    const foreign: Promise<number>[] = []
    const stream = await listenCaughtUp(quick, bob.device, {
      onEnvelope: (envelope) => foreign.push(acknowledge(quick, mallory.device, [envelope])),
    })
    const posted = await post(quick, bob)
    expect(await Promise.all(foreign)).toContain(200)
    expect(posted.tookMs).toBeGreaterThan(250)
    expect(await countRows(stores().sql, [bob.device])).toBe(1)
    await acknowledge(quick, mallory.device, [{ envelopeId: posted.envelopeId, receipt: null }])
    expect(await countRows(stores().sql, [bob.device])).toBe(1)
    stream.stop()
  })

  test('an acknowledgement that crosses the end of its Hold leaves no row', async () => {
    const quick = await here.start({ holdMs: 20 })
    const bob = here.world.account()
    const stream = await listenCaughtUp(quick, bob.device, {
      onEnvelope: async (envelope) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 50))
        await acknowledge(quick, bob.device, [envelope]).catch(() => undefined)
      },
    })
    for (let n = 0; n < 10; n++) await Promise.all(Array.from({ length: 20 }, () => post(quick, bob)))
    await until(async () => (await countRows(stores().sql, [bob.device])) === 0)
    expect(await countInserts(bob.device)).toBeGreaterThan(0)
    stream.stop()
  })

  test('an acknowledgement that is here before the count of listeners, which then is lost, leaves no row', async () => {
    const { bus } = stores()
    let tell: () => void = () => undefined
    const acknowledged = new Promise<void>((resolve) => (tell = resolve))
    // As a bus does that passes a message on and answers too late.
    const publish: Bus['publish'] = async (topic, message) => {
      const reached = await bus.publish(topic, message)
      if (deviceMessage.safeParse(message).data?.kind !== 'relay') return reached
      await acknowledged
      return 0
    }
    const late = await here.start({ bus: busWith(bus, { publish }) })
    const bob = here.world.account()
    const stream = await listenCaughtUp(late, bob.device, {
      onEnvelope: (envelope) => {
        if (envelope.receipt !== null) void acknowledge(late, bob.device, [envelope]).then(tell)
      },
    })
    const posted = await post(late, bob)
    expect(posted.body).toEqual({ accepted: posted.envelopeIds })
    await until(async () => (await countRows(stores().sql, [bob.device])) === 0)
    stream.stop()
  })

  test('an Envelope posted again, after its row was read and acknowledged, is relayed and writes no row', async () => {
    const patient = await here.start({ holdMs: 20_000 })
    const bob = here.world.account()
    const { envelopeIds } = await post(patient, bob)
    const stream = await listenCaughtUp(patient, bob.device)
    await until(async () => (await countRows(stores().sql, [bob.device])) === 0)
    const again = await post(patient, bob, { envelopeIds })
    expect(again.body).toEqual({ accepted: envelopeIds })
    expect(again.tookMs).toBeLessThan(10_000)
    expect(await countInserts(bob.device)).toBe(1)
    stream.stop()
  })

  test('an ephemeral Envelope reaches who is there and is stored for nobody', async () => {
    const [bob, carol] = [here.world.account(), here.world.account()]
    const stream = await listenCaughtUp(here.instance, bob.device, { onEnvelope: null })
    for (const person of [bob, carol]) {
      const posted = await post(here.instance, person, { ephemeral: true })
      expect(posted.body).toEqual({ accepted: posted.envelopeIds })
      expect(posted.tookMs).toBeLessThan(1500)
    }
    await until(() => stream.envelopes.length === 1)
    expect(stream.envelopes[0]).toMatchObject({ ephemeral: true, receipt: null })
    expect(await countRows(stores().sql, [bob.device, carol.device])).toBe(0)
    stream.stop()
  })

  test('a first contact by Ticket is stored before it is accepted, also for a Device that is there', async () => {
    const bob = here.world.account()
    const stream = await listenCaughtUp(here.instance, bob.device, { onEnvelope: null })
    const ticketTag = newId<Tag>(16)
    const posted = await post(here.instance, bob, { ticketTag })
    expect(posted.body).toEqual({ accepted: posted.envelopeIds })
    expect(await countRows(stores().sql, [bob.device])).toBe(1)
    await until(() => stream.envelopes.length === 1)
    expect(stream.envelopes[0]).toMatchObject({ ticketTag, receipt: null })
    expect((await post(here.instance, bob, { ticketTag, ephemeral: true })).body).toMatchObject({
      code: 'malformed',
    })
    stream.stop()
  })

  test('a repeated post is no second Envelope', async () => {
    const bob = here.world.account()
    const envelopeIds = [newEnvelopeId()]
    const posts = await Promise.all(
      Array.from({ length: 10 }, () => post(here.instance, bob, { envelopeIds })),
    )
    for (const { body } of posts) expect(body).toEqual({ accepted: envelopeIds })
    expect(await countRows(stores().sql, [bob.device])).toBe(1)
  })

  test('a post that leaves out a Device, adds one or has another head is stale; one that names it as omitted is not', async () => {
    const bob = here.world.account(2)
    const { device, otherDevice } = bob
    const stranger = newId<typeof bob.device>(16)
    const envelope = (deviceId: typeof bob.device) => ({
      deviceId,
      envelopeId: newEnvelopeId(),
      ephemeral: false,
      ciphertext: newId(512),
    })
    const left = await post(here.instance, bob, { change: { envelopes: [envelope(device)] } })
    expect(left).toMatchObject({
      status: 409,
      body: { code: 'stale_devices', missing: [otherDevice], extra: [] },
    })
    const added = await post(here.instance, bob, {
      change: { envelopes: bob.devices.concat(stranger).map(envelope) },
    })
    expect(added.body).toMatchObject({ code: 'stale_devices', missing: [], extra: [stranger] })
    const moved = await post(here.instance, bob, { change: { head: { seq: 1, hash: bob.head.hash } } })
    expect(moved.body).toMatchObject({ code: 'stale_devices', missing: [], extra: [], entries: [] })
    const omitted = [{ deviceId: otherDevice, reason: 'no_bundle' as const }]
    expect(
      (await post(here.instance, bob, { change: { envelopes: [envelope(device)], omitted } })).status,
    ).toBe(200)
    const twice = { envelopes: [envelope(device), envelope(device)], omitted }
    expect((await post(here.instance, bob, { change: twice })).body).toMatchObject({ code: 'malformed' })
    expect(await countRows(stores().sql, bob.devices)).toBe(1)
  })

  test('an unknown Account is gone, and without a Capability nothing is accepted', async () => {
    const nobody = new World().account()
    expect((await post(here.instance, nobody)).body).toMatchObject({ status: 404, code: 'account_gone' })
    const bare = await fetch(`${here.instance.origin}/v1/envelopes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect(bare.status).toBe(400)
  })

  test('a full Mailbox refuses what is new and accepts what it has; another Device of the Account goes on', async () => {
    const small = await here.start({ quota: { envelopes: 3, bytes: 1_000_000 } })
    const bob = here.world.account(2)
    const first = await post(small, bob)
    await post(small, bob)
    const third = await post(small, { ...bob, devices: [bob.device] }, { change: omit(bob.otherDevice) })
    expect(third.status).toBe(200)
    const partly = await post(small, bob)
    expect(partly.body).toEqual({ accepted: [partly.envelopeIds[1]] })
    expect((await post(small, bob)).body).toMatchObject({ status: 507, code: 'mailbox_full' })
    expect((await post(small, bob, { envelopeIds: first.envelopeIds })).status).toBe(200)
    const heavy = await here.start({ quota: { envelopes: 100, bytes: 3000 } })
    const carol = here.world.account()
    const statuses: number[] = []
    for (let n = 0; n < 4; n++) statuses.push((await post(heavy, carol, { sizeBytes: 1024 })).status)
    expect(statuses).toEqual([200, 200, 507, 507])
  })

  test('backfill comes in order of arrival, then caught_up, once', async () => {
    const bob = here.world.account()
    const sent: string[] = []
    for (let n = 0; n < 300; n++) sent.push(...(await post(here.instance, bob)).envelopeIds)
    const stream = await listenCaughtUp(here.instance, bob.device, { onEnvelope: null })
    expect(stream.envelopes.map(({ envelopeId }) => envelopeId)).toEqual(sent)
    await post(here.instance, bob, { ephemeral: true })
    await until(() => stream.envelopes.length === 301)
    const names = stream.events.map(({ event }) => event)
    expect(names.indexOf('caught_up')).toBe(300)
    expect(names.filter((name) => name === 'caught_up')).toHaveLength(1)
    stream.stop()
  })

  test.each([1, 2, 3, 4, 5, 6])(
    'a Stream that opens amid posts loses none and repeats none of those stored (seed %i)',
    async (seed) => {
      const random = seeded(seed)
      const quick = await here.start({ holdMs: 10 + random() * 60 })
      const bob = here.world.account()
      const posts = Array.from({ length: 120 }, async (_, n) => {
        await new Promise((resolve) => setTimeout(resolve, random() * 250))
        return post(n % 2 ? quick : here.instance, bob, random() < 0.3 ? { ticketTag: newId<Tag>(16) } : {})
      })
      await new Promise((resolve) => setTimeout(resolve, random() * 200))
      const stream = await listenCaughtUp(quick, bob.device)
      const posted = await Promise.all(posts)
      expect(posted.every(({ status }) => status === 200)).toBe(true)
      const received = () => new Set(stream.envelopes.map(({ envelopeId }) => envelopeId))
      await until(() => posted.every(({ envelopeId }) => received().has(envelopeId)))
      await until(async () => (await countRows(stores().sql, [bob.device])) === 0)
      const stored = stream.envelopes
        .filter(({ receipt }) => receipt === null)
        .map(({ envelopeId }) => envelopeId)
      expect(new Set(stored).size).toBe(stored.length)
      stream.stop()
    },
  )

  test('a reader that takes nothing is cut, and finds everything at its next Stream', async () => {
    const quick = await here.start({ holdMs: 20 })
    const bob = here.world.account()
    const runId = newId<RunId>(16)
    const { hostname, port } = new URL(quick.origin)
    const socket = connect(Number(port), hostname)
    let isCut = false
    socket.on('close', () => (isCut = true)).on('error', () => (isCut = true))
    socket.write(`GET /v1/stream?runId=${runId} HTTP/1.1\r\nhost: a\r\nauthorization: ${bob.device}\r\n\r\n`)
    socket.pause()
    const { bus } = stores()
    await until(async () => (await bus.publish(deviceTopic(bob.device), { kind: 'nothing' })) === 1)
    const sent = new Set<string>()
    const stopped = async () => (await bus.publish(deviceTopic(bob.device), { kind: 'nothing' })) === 0
    while (!(await stopped()) && sent.size < 600) {
      const posted = await Promise.all(
        Array.from({ length: 20 }, () => post(quick, bob, { sizeBytes: 65_536 })),
      )
      for (const { envelopeId } of posted) sent.add(envelopeId)
    }
    expect(await stopped()).toBe(true)
    const stream = await listenCaughtUp(quick, bob.device, { lastRunId: runId, onEnvelope: null })
    expect(new Set(stream.envelopes.map(({ envelopeId }) => envelopeId))).toEqual(sent)
    stream.stop()
    socket.resume()
    await until(() => isCut)
  })
})

function omit(deviceId: Parameters<typeof acknowledge>[1]) {
  return { omitted: [{ deviceId, reason: 'no_bundle' as const }] }
}

/** mulberry32: the same seed, the same test. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
