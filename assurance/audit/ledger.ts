/** Counts checks and keeps what failed. */

export interface Ledger {
  check(name: string, holds: boolean, seen?: unknown): void
  readonly checks: number
  readonly failures: readonly string[]
}

export function openLedger(): Ledger {
  let checks = 0
  const failures: string[] = []
  return {
    check: (name, holds, seen) => {
      checks++
      if (holds) return
      failures.push(seen === undefined ? name : `${name}: ${JSON.stringify(seen)?.slice(0, 300)}`)
    },
    get checks() {
      return checks
    },
    failures,
  }
}
