/** The bus of a single instance: inside the process, always up. */
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { type Bus, MAX_MESSAGE_BYTES } from './bus.ts'
import { Claims } from './claims.ts'
import { Topics } from './topics.ts'

export function createLocalBus(now: () => number = Date.now): Bus {
  const topics = new Topics()
  const claims = new Claims(now)
  return {
    // Written and read again, so that nothing works here that would not between two processes.
    publish: async (topic, message) => {
      const text = JSON.stringify(message)
      if (text.length > MAX_MESSAGE_BYTES) throw new RangeError('a bus message is too long')
      return topics.deliver(topic, JSON.parse(text))
    },
    subscribe: async (topic, listener) => {
      topics.add(topic, listener)
      return async () => {
        topics.remove(topic, listener)
      }
    },
    claimOnce: async (key, ttlMs) => claims.claim(key, ttlMs),
    onRecovered: () => undefined,
    limiter: ({ keyPrefix, points, durationS }) =>
      new RateLimiterMemory({ keyPrefix, points, duration: durationS }),
    healthy: () => true,
    close: async () => undefined,
  }
}
