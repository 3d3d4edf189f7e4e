import { afterEach, beforeEach, expect, test } from 'vitest'
import { startPostgres } from '../../tools/postgres.ts'
import { startRedis } from '../../tools/redis.ts'
import type { Bus } from '../bus/bus.ts'
import { createRedisBus } from '../bus/redis.ts'
import { migrate } from '../db/migrate.ts'
import { openSql } from '../db/sql.ts'
import { describeOnServers, until, untilHealthy } from '../db/testing.ts'
import {
  acknowledge,
  countRows,
  type Instance,
  type InstanceOptions,
  listenCaughtUp,
  newEnvelopeId,
  post,
  startInstance,
  World,
} from './testing.ts'

describeOnServers('several instances', (stores) => {
  let world: World
  const running: Instance[] = []
  const buses: Bus[] = []
  const start = async (options: Partial<InstanceOptions> = {}) => {
    const bus = options.bus ?? (await stores().anotherBus())
    const started = await startInstance({ sql: stores().sql, world, ...options, bus })
    running.push(started)
    return started
  }
  const busOn = async (url: string) => {
    const bus = createRedisBus(url)
    buses.push(bus)
    await untilHealthy(bus)
    return bus
  }

  beforeEach(() => {
    world = new World()
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.close()))
    await Promise.all(buses.splice(0).map((bus) => bus.close()))
  })

  test('a post to one, a Stream of another and an acknowledgement to a third meet within the Hold', async () => {
    const [one, other, third] = [await start({ holdMs: 20_000 }), await start(), await start()]
    const bob = world.account()
    const stream = await listenCaughtUp(other, bob.device, {
      onEnvelope: (envelope) => void acknowledge(third, bob.device, [envelope]),
    })
    const posted = await Promise.all(Array.from({ length: 50 }, () => post(one, bob)))
    expect(posted.every(({ status, tookMs }) => status === 200 && tookMs < 15_000)).toBe(true)
    expect(stream.envelopes).toHaveLength(50)
    expect(stream.envelopes.every(({ receipt }) => receipt !== null)).toBe(true)
    expect(await countRows(stores().sql, [bob.device])).toBe(0)
    stream.stop()
  })

  test('an acknowledgement to any instance that crosses the end of the Hold leaves no row', async () => {
    const [one, other, third] = [await start({ holdMs: 20 }), await start(), await start()]
    const bob = world.account()
    const stream = await listenCaughtUp(other, bob.device, {
      onEnvelope: async (envelope) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 50))
        await acknowledge(third, bob.device, [envelope]).catch(() => undefined)
      },
    })
    for (let n = 0; n < 10; n++) await Promise.all(Array.from({ length: 20 }, () => post(one, bob)))
    await until(async () => (await countRows(stores().sql, [bob.device])) === 0)
    expect(stream.envelopes.some(({ receipt }) => receipt === null)).toBe(true)
    stream.stop()
  })

  test('the holder is killed: its post fails, the same post elsewhere is accepted, nothing stays behind', async () => {
    const [holder, other] = [await start({ holdMs: 1000 }), await start({ holdMs: 1000 })]
    const bob = world.account()
    const stream = await listenCaughtUp(other, bob.device, { onEnvelope: null })
    const envelopeIds = [newEnvelopeId()]
    const broken = post(holder, bob, { envelopeIds }).catch((error: unknown) => error)
    await until(() => stream.envelopes.length === 1)
    await holder.kill()
    expect(await broken).toBeInstanceOf(TypeError)
    const again = post(other, bob, { envelopeIds })
    await until(() => stream.envelopes.length === 2)
    expect(await acknowledge(other, bob.device, stream.envelopes)).toBe(200)
    expect((await again).body).toEqual({ accepted: envelopeIds })
    // The killed one's Hold ends in this same process, stores, and is told of by a hint.
    await until(() => stream.envelopes.length === 3)
    await acknowledge(other, bob.device, stream.envelopes)
    expect(await countRows(stores().sql, [bob.device])).toBe(0)
    stream.stop()
  })

  test('an instance that shuts down hears of acknowledgements for as long as it holds', async () => {
    const [holder, other] = [await start({ holdMs: 4000 }), await start()]
    const bob = world.account()
    const stream = await listenCaughtUp(other, bob.device, { onEnvelope: null })
    const posted = post(holder, bob)
    await until(() => stream.envelopes.length === 1)
    const closed = holder.close()
    await new Promise((resolve) => setTimeout(resolve, 100))
    await acknowledge(other, bob.device, stream.envelopes)
    expect((await posted).status).toBe(200)
    await closed
    expect(await countRows(stores().sql, [bob.device])).toBe(0)
    stream.stop()
  })

  test('a run opened on another instance closes the Stream of the one before', async () => {
    const [one, other] = [await start(), await start()]
    const bob = world.account()
    const first = await listenCaughtUp(one, bob.device)
    const second = await listenCaughtUp(other, bob.device, { lastRunId: first.runId })
    await first.ended
    expect(first.events.at(-1)).toEqual({ event: 'bye', data: { reason: 'replaced' } })
    await post(one, bob, { ephemeral: true })
    await until(() => second.envelopes.length === 1)
    expect(second.has('bye')).toBe(false)
    second.stop()
  })

  test('without Redis posts are stored at once and Streams look into their Mailbox; with it they are relayed again', async () => {
    const redis = await startRedis()
    const [oneBus, otherBus] = [await busOn(redis.url), await busOn(redis.url)]
    const [one, other] = [await start({ bus: oneBus }), await start({ bus: otherBus })]
    const bob = world.account()
    const stream = await listenCaughtUp(other, bob.device)
    await post(one, bob)
    expect(stream.envelopes.at(-1)?.receipt).not.toBeNull()

    await redis.stop()
    await until(() => !oneBus.healthy() && !otherBus.healthy())
    const stored = await Promise.all(Array.from({ length: 20 }, () => post(one, bob)))
    expect(stored.every(({ status, tookMs }) => status === 200 && tookMs < 1500)).toBe(true)
    await until(() => stream.envelopes.length === 21)
    await until(async () => (await countRows(stores().sql, [bob.device])) === 0)
    const taken = await listenCaughtUp(one, bob.device, { lastRunId: stream.runId })
    await stream.ended
    expect(stream.events.at(-1)?.data).toEqual({ reason: 'replaced' })

    const back = await startRedis({ port: Number(new URL(redis.url).port) })
    await Promise.all([untilHealthy(oneBus), untilHealthy(otherBus)])
    await until(async () => {
      await post(other, bob)
      return taken.envelopes.at(-1)?.receipt !== null
    })
    taken.stop()
    await back.stop()
  })

  test('a Redis that stands still in the middle of posts loses none of them', async () => {
    const redis = await startRedis()
    const [one, other] = [
      await start({ bus: await busOn(redis.url) }),
      await start({ bus: await busOn(redis.url) }),
    ]
    const bob = world.account()
    const stream = await listenCaughtUp(other, bob.device)
    const posts: ReturnType<typeof post>[] = []
    for (let n = 0; n < 60; n++) {
      if (n === 20) process.kill(redis.pid, 'SIGSTOP')
      if (n === 40) process.kill(redis.pid, 'SIGCONT')
      posts.push(post(one, bob))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const posted = await Promise.all(posts)
    expect(posted.every(({ status }) => status === 200)).toBe(true)
    const received = () => new Set(stream.envelopes.map(({ envelopeId }) => envelopeId))
    await until(() => posted.every(({ envelopeId }) => received().has(envelopeId)))
    await until(async () => (await countRows(stores().sql, [bob.device])) === 0, 20_000)
    stream.stop()
    await redis.stop()
  })

  test('without PostgreSQL a Relay still delivers, and what would be stored stays with its sender', async () => {
    const postgres = await startPostgres()
    const sql = await openSql({ databaseUrl: postgres.url })
    await migrate(sql)
    const [one, other] = [await start({ sql }), await start({ sql })]
    const [bob, carol] = [world.account(), world.account()]
    const stream = await listenCaughtUp(other, bob.device)
    await postgres.stop()
    const relayed = await post(one, bob)
    expect(relayed.body).toEqual({ accepted: relayed.envelopeIds })
    expect(stream.envelopes).toHaveLength(1)
    const absent = await post(one, carol)
    expect(absent.body).toMatchObject({ status: 503, code: 'unavailable' })
    expect(absent.tookMs).toBeLessThan(8000)
    expect(await acknowledge(one, bob.device, stream.envelopes)).toBe(503)
    stream.stop()
    await Promise.all(running.splice(0).map((instance) => instance.close()))
    await sql.close()
  })
})
