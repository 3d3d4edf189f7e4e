/** Messages between the instances of the API: at most once, kept nowhere. What must not be lost is in the database. */
import type { RateLimiterAbstract } from 'rate-limiter-flexible'

/** JSON, at most MAX_MESSAGE_BYTES once written. */
export type BusMessage = unknown
export type BusListener = (message: BusMessage) => void
export type Unsubscribe = () => Promise<void>

/** One Envelope of 64 KiB in base64url and what stands around it, doubled. */
export const MAX_MESSAGE_BYTES = 192 * 1024

export interface LimiterOptions {
  readonly keyPrefix: string
  readonly points: number
  readonly durationS: number
}

export interface Bus {
  /** @returns how many listeners of all instances it reached, 0 also while the bus is down. Never throws for that and never hangs. */
  publish(topic: string, message: BusMessage): Promise<number>
  /** Resolves once messages arrive. While the bus is down it resolves too, and they arrive from its return on. */
  subscribe(topic: string, listener: BusListener): Promise<Unsubscribe>
  /**
   * True for the first caller of all instances within `ttlMs`. While the bus is down, for the first on this instance:
   * refusing everything would take acknowledgements and Logins down with it.
   */
  claimOnce(key: string, ttlMs: number): Promise<boolean>
  /** Called when the bus is back after a time in which messages were lost, on their way in here or out anywhere. */
  onRecovered(listener: () => void): void
  /** A token bucket shared by all instances; each counts for itself while the bus is down. */
  limiter(options: LimiterOptions): RateLimiterAbstract
  healthy(): boolean
  close(): Promise<void>
}
