/** Keys claimed on this instance, each for a time. */
export class Claims {
  readonly #untilMs = new Map<string, number>()
  readonly #now: () => number
  #sweepAtMs = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** True for the first within `ttlMs`. */
  claim(key: string, ttlMs: number): boolean {
    const nowMs = this.#now()
    this.#sweep(nowMs)
    const untilMs = this.#untilMs.get(key)
    if (untilMs !== undefined && untilMs > nowMs) return false
    this.#untilMs.set(key, nowMs + ttlMs)
    return true
  }

  #sweep(nowMs: number): void {
    if (nowMs < this.#sweepAtMs) return
    this.#sweepAtMs = nowMs + SWEEP_EVERY_MS
    for (const [key, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#untilMs.delete(key)
  }
}

const SWEEP_EVERY_MS = 10_000
