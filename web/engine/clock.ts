/** Time of this Device, and how far the API's clock is from it. */

export interface Clock {
  nowMs(): number
  /** For proofs only: an API that lies here can only refuse its own Logins. */
  serverNowMs(): number
  /** Hours since 1970, of this Device's clock. */
  hour(): number
  /** @param date - a `Date` header. */
  learn(date: string | null): void
}

/** The header has whole seconds: a smaller difference says nothing. */
const TOLERATED_MS = 2_000

export function createClock(nowMs: () => number): Clock {
  let offsetMs = 0
  return {
    nowMs,
    serverNowMs: () => nowMs() + offsetMs,
    hour: () => Math.floor(nowMs() / 3_600_000),
    learn(date) {
      const serverMs = date === null ? Number.NaN : Date.parse(date)
      if (Number.isNaN(serverMs)) return
      const difference = serverMs - nowMs()
      offsetMs = Math.abs(difference) > TOLERATED_MS ? difference : 0
    },
  }
}
