import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis } from '../../tools/redis.ts'
import type { Server } from '../../tools/server.ts'
import { until, untilHealthy } from '../db/testing.ts'
import type { Bus } from './bus.ts'
import { createRedisBus } from './redis.ts'

describe('two instances on one Redis', () => {
  let redis: Server
  let alice: Bus
  let bob: Bus
  beforeAll(async () => {
    redis = await startRedis()
    alice = createRedisBus(redis.url)
    bob = createRedisBus(redis.url)
    await Promise.all([untilHealthy(alice), untilHealthy(bob)])
  })
  afterAll(async () => {
    await alice.close()
    await bob.close()
    await redis.stop()
  })

  test('a message reaches the listeners of both, and says how many instances', async () => {
    const heard: unknown[] = []
    const ends = [
      await alice.subscribe('t', (message) => heard.push(['alice', message])),
      await bob.subscribe('t', (message) => heard.push(['bob', message])),
    ]
    expect(await alice.publish('t', { n: 1 })).toBe(2)
    await until(() => heard.length === 2)
    expect(heard).toEqual(
      expect.arrayContaining([
        ['alice', { n: 1 }],
        ['bob', { n: 1 }],
      ]),
    )
    for (const end of ends) await end()
    expect(await alice.publish('t', { n: 2 })).toBe(0)
  })

  test('what one could not publish for a moment, all are told may be missing', async () => {
    const admin = new Redis(redis.url)
    let recovered = 0
    bob.onRecovered(() => recovered++)
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal')
    await until(async () => (await alice.publish('t', 1)) === 0 && (await alice.claimOnce('x', 1)))
    await until(() => recovered > 0, 5000)
    admin.disconnect()
  })

  test('a message that is not ours is passed over', async () => {
    const heard: unknown[] = []
    const end = await alice.subscribe('t', (message) => heard.push(message))
    const admin = new Redis(redis.url)
    await admin.publish('t', '{"half')
    await bob.publish('t', 'whole')
    await until(() => heard.length > 0)
    expect(heard).toEqual(['whole'])
    await end()
    admin.disconnect()
  })

  test('what nobody listens to any more when the connection is made anew stays unheard', async () => {
    const admin = new Redis(redis.url)
    const topics = Array.from({ length: 5000 }, (_, n) => `many:${n}`)
    const ends = await Promise.all(topics.map((topic) => bob.subscribe(topic, () => undefined)))
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await until(async () => (await admin.pubsub('CHANNELS', 'many:*')).length > 0)
    for (const end of ends.reverse()) {
      void end()
      await new Promise(setImmediate)
    }
    await untilHealthy(bob)
    await until(async () => (await admin.pubsub('CHANNELS', 'many:*')).length === 0, 3000)
    admin.disconnect()
  })

  test('a key is claimed once by either', async () => {
    const claims = await Promise.all([alice, bob, alice].map((bus) => bus.claimOnce('proof', 60_000)))
    expect(claims.filter(Boolean)).toHaveLength(1)
  })

  test('a limit counts over both', async () => {
    const [here, there] = [alice, bob].map((bus) => bus.limiter({ keyPrefix: 'l', points: 2, durationS: 60 }))
    await here?.consume('mallory')
    await there?.consume('mallory')
    await expect(here?.consume('mallory')).rejects.toMatchObject({ remainingPoints: 0 })
  })

  test('a message too long for the bus is refused', async () => {
    await expect(alice.publish('t', 'x'.repeat(200_000))).rejects.toThrow(RangeError)
  })
})

describe('a Redis that stands still', () => {
  test('holds nobody up, and is noticed, and so is its return', async () => {
    const redis = await startRedis()
    const bus = createRedisBus(redis.url)
    const heard: unknown[] = []
    let recovered = 0
    bus.onRecovered(() => recovered++)
    await untilHealthy(bus)
    await bus.subscribe('t', (message) => heard.push(message))
    process.kill(redis.pid, 'SIGSTOP')
    try {
      const startMs = performance.now()
      expect(await bus.publish('t', 1)).toBe(0)
      expect(await bus.claimOnce('a', 1000)).toBe(true)
      expect(await bus.claimOnce('a', 1000)).toBe(false)
      await bus.limiter({ keyPrefix: 'l', points: 1, durationS: 60 }).consume('x')
      expect(performance.now() - startMs).toBeLessThan(1500)
      await until(() => !bus.healthy())
    } finally {
      process.kill(redis.pid, 'SIGCONT')
    }
    await untilHealthy(bus)
    expect(recovered).toBeGreaterThan(0)
    expect(await bus.publish('t', 2)).toBe(1)
    await until(() => heard.includes(2))
    await bus.close()
    await redis.stop()
  })

  test('for less than is noticed lets no listener begin without being told that it may have missed something', async () => {
    const redis = await startRedis()
    const bus = createRedisBus(redis.url)
    let recovered = 0
    bus.onRecovered(() => recovered++)
    await untilHealthy(bus)
    process.kill(redis.pid, 'SIGSTOP')
    await bus.subscribe('late', () => undefined)
    process.kill(redis.pid, 'SIGCONT')
    await until(() => recovered > 0, 5000)
    expect(await bus.publish('late', 1)).toBe(1)
    await bus.close()
    await redis.stop()
  })

  test('that was killed and came back on its port has all its topics again', async () => {
    const first = await startRedis()
    const port = Number(new URL(first.url).port)
    const bus = createRedisBus(first.url)
    let recovered = 0
    bus.onRecovered(() => recovered++)
    await untilHealthy(bus)
    const heard: unknown[] = []
    await bus.subscribe('before', (message) => heard.push(message))
    await first.stop()
    await until(() => !bus.healthy())
    expect(await bus.publish('before', 0)).toBe(0)
    await bus.subscribe('meanwhile', (message) => heard.push(message))
    const second = await startRedis({ port })
    await until(() => recovered > 0)
    expect(await bus.publish('before', 1)).toBe(1)
    expect(await bus.publish('meanwhile', 2)).toBe(1)
    await until(() => heard.length === 2)
    await bus.close()
    await second.stop()
  })
})
