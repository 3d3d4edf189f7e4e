/** The bus of several instances: Redis, one connection that publishes and one that listens. */
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible'
import {
  type Bus,
  type BusListener,
  type BusMessage,
  type LimiterOptions,
  MAX_MESSAGE_BYTES,
  type Unsubscribe,
} from './bus.ts'
import { Claims } from './claims.ts'
import { Topics } from './topics.ts'

/** A healthy Redis answers in well under a millisecond; a poster waits for this. */
const COMMAND_TIMEOUT_MS = 500
const PULSE_EVERY_MS = 500
/** How long pulses may stay out before the bus counts as down. */
const PULSE_PATIENCE_MS = 1500
/** A connection over which nothing came for so long is made anew: TCP itself would wait for minutes. */
const PULSE_RECONNECT_MS = 5000
/** Topics of one SUBSCRIBE: a reconnecting instance has one for each of its Streams. */
const TOPICS_A_COMMAND = 1000
/** Told to all when one could not publish: what was lost is known to nobody else. */
const MISSED_TOPIC = 'bus:missed'

/** Does not wait for Redis: one that is down now is a bus that is down now. */
export function createRedisBus(url: string): Bus {
  return new RedisBus(url)
}

class RedisBus implements Bus {
  readonly #publisher: Redis
  readonly #subscriber: Redis
  readonly #topics = new Topics()
  readonly #claims = new Claims(Date.now)
  readonly #recovered: (() => void)[] = []
  readonly #pulseTopic = `pulse:${randomUUID()}`
  readonly #pulseTimer: NodeJS.Timeout
  /** When a pulse last went through both connections, on the monotonic clock. */
  #pulseSeenMs = -Infinity
  #reconnectedMs = performance.now()
  /** Messages may have been missed since the last pulse. */
  #missed = false
  /** A message of ours was lost on its way out. */
  #unsent = false
  /** The last command had no answer: the next callers do not wait for theirs until a pulse gets one. */
  #stalled = false

  constructor(url: string) {
    const retryStrategy = (attempt: number) => Math.min(50 * attempt, 500)
    const common = {
      commandTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: 2000,
      enableOfflineQueue: false,
      retryStrategy,
    }
    this.#publisher = new Redis(url, { ...common, maxRetriesPerRequest: 0 })
    this.#subscriber = new Redis(url, { ...common, autoResubscribe: false })
    // Seen through healthy(): an 'error' nobody listens to would end the process.
    this.#publisher.on('error', () => undefined)
    this.#subscriber.on('error', () => undefined)
    this.#publisher.on('ready', () => void this.#beat())
    this.#subscriber.on('ready', () => void this.#resubscribe())
    this.#subscriber.on('close', () => {
      this.#missed = this.#pulseSeenMs > -Infinity
    })
    this.#subscriber.on('message', (topic: string, text: string) => this.#onMessage(topic, text))
    this.#topics.add(this.#pulseTopic, () => this.#onPulse())
    this.#topics.add(MISSED_TOPIC, () => {
      this.#missed = true
    })
    this.#pulseTimer = setInterval(() => void this.#beat(), PULSE_EVERY_MS)
    this.#pulseTimer.unref()
  }

  async publish(topic: string, message: BusMessage): Promise<number> {
    const text = JSON.stringify(message)
    if (text.length > MAX_MESSAGE_BYTES) throw new RangeError('a bus message is too long')
    const reached = await this.#ask(() => this.#publisher.publish(topic, text))
    if (reached === undefined) this.#unsent = true
    return reached ?? 0
  }

  async subscribe(topic: string, listener: BusListener): Promise<Unsubscribe> {
    if (this.#topics.add(topic, listener)) await this.#listen([topic])
    return async () => {
      if (!this.#topics.remove(topic, listener) || this.#subscriber.status !== 'ready') return
      await this.#subscriber.unsubscribe(topic).catch(() => undefined)
    }
  }

  async claimOnce(key: string, ttlMs: number): Promise<boolean> {
    if (!this.#claims.claim(key, ttlMs)) return false
    const answer = await this.#ask(() =>
      this.#publisher.set(`once:${key}`, '1', 'PX', Math.ceil(ttlMs), 'NX'),
    )
    return answer !== null
  }

  onRecovered(listener: () => void): void {
    this.#recovered.push(listener)
  }

  limiter({ keyPrefix, points, durationS }: LimiterOptions): RateLimiterAbstract {
    const common = { keyPrefix, points, duration: durationS }
    const insuranceLimiter = new RateLimiterMemory(common)
    return new RateLimiterRedis({
      ...common,
      storeClient: this.#publisher,
      rejectIfRedisNotReady: true,
      insuranceLimiter,
    })
  }

  healthy(): boolean {
    return performance.now() - this.#pulseSeenMs < PULSE_PATIENCE_MS
  }

  async close(): Promise<void> {
    clearInterval(this.#pulseTimer)
    this.#publisher.disconnect()
    this.#subscriber.disconnect()
  }

  /** @returns undefined when Redis did not answer. */
  async #ask<T>(command: () => Promise<T>): Promise<T | undefined> {
    if (this.#stalled || this.#publisher.status !== 'ready') return undefined
    try {
      return await command()
    } catch {
      this.#stalled = true
      return undefined
    }
  }

  /** Sends a pulse round through both connections, and makes connections anew that carry none. */
  async #beat(): Promise<void> {
    const silentMs = performance.now() - Math.max(this.#pulseSeenMs, this.#reconnectedMs)
    if (silentMs > PULSE_RECONNECT_MS) this.#reconnect()
    if (this.#publisher.status !== 'ready') return
    const unsent = this.#unsent
    this.#unsent = false
    try {
      if (unsent) await this.#publisher.publish(MISSED_TOPIC, '0')
      await this.#publisher.publish(this.#pulseTopic, '0')
      this.#stalled = false
    } catch {
      this.#stalled = true
      this.#unsent ||= unsent
    }
  }

  #reconnect(): void {
    this.#reconnectedMs = performance.now()
    for (const connection of [this.#publisher, this.#subscriber]) {
      if (connection.status === 'ready') connection.disconnect(true)
    }
  }

  /** What is no JSON is not ours, and nothing here may end the process. */
  #onMessage(topic: string, text: string): void {
    let message: BusMessage
    try {
      message = JSON.parse(text)
    } catch {
      return
    }
    this.#topics.deliver(topic, message)
  }

  #onPulse(): void {
    if (!this.healthy() && this.#pulseSeenMs > -Infinity) this.#missed = true
    this.#pulseSeenMs = performance.now()
    if (!this.#missed) return
    this.#missed = false
    for (const listener of this.#recovered) listener()
  }

  /** The pulse's own topic goes last: when a pulse comes back, everything is listened to again. */
  async #resubscribe(): Promise<void> {
    const topics = [...this.#topics.names()].filter((topic) => topic !== this.#pulseTopic)
    for (let at = 0; at < topics.length; at += TOPICS_A_COMMAND)
      await this.#listen(topics.slice(at, at + TOPICS_A_COMMAND).filter((topic) => this.#topics.has(topic)))
    await this.#listen([this.#pulseTopic])
    await this.#beat()
  }

  /**
   * What fails here is made good by #resubscribe, if the connection is gone; if Redis was only late with its answer,
   * something may have been published before it listened.
   */
  async #listen(topics: readonly string[]): Promise<void> {
    if (topics.length === 0 || this.#subscriber.status !== 'ready') return
    await this.#subscriber.subscribe(...topics).catch(() => {
      this.#missed = true
    })
  }
}
