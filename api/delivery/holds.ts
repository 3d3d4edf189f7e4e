/** Relays of this instance that wait for the Device's Acknowledgement. */
import type { EnvelopeName } from './sql.ts'

export interface Hold {
  /** @returns whether the Acknowledgement came within `ms`. */
  acknowledged(ms: number): Promise<boolean>
  /** The row is committed. From now on a late Acknowledgement is handed to `onLate`, and one that came meanwhile is at once. */
  stored(): void
  /**
   * Forgets it: at once, or, when a row was committed after somebody was waited for, after the time an Acknowledgement
   * may be late by. Of a Relay that nobody heard, at most one is on its way already.
   */
  end(): void
}

export interface Holds {
  open(name: EnvelopeName): Hold
  /** By this Device only: another's Acknowledgement finds nothing. */
  acknowledge(deviceId: string, envelopeIds: readonly string[]): void
  /** Resolves once no Relay waits and none is being stored. */
  settled(): Promise<void>
}

/**
 * An Acknowledgement that arrives while the row is being inserted has found no row to delete; the one who inserts must.
 * Published messages may be late by as much as Redis stands still.
 */
const LATE_MS = 10_000

export function createHolds(onLate: (name: EnvelopeName) => void): Holds {
  const open = new Map<string, Set<OpenHold>>()
  const underWay = new Set<OpenHold>()
  let onSettled: (() => void)[] = []
  const settle = (hold: OpenHold) => {
    if (!underWay.delete(hold) || underWay.size > 0) return
    for (const resolve of onSettled) resolve()
    onSettled = []
  }
  const keyOf = (deviceId: string, envelopeId: string) => `${deviceId} ${envelopeId}`
  return {
    open: (name) => {
      const key = keyOf(name.deviceId, name.envelopeId)
      const hold = new OpenHold(
        () => onLate(name),
        () => settle(hold),
        () => {
          const same = open.get(key)
          if (same?.delete(hold) && same.size === 0) open.delete(key)
        },
      )
      underWay.add(hold)
      open.set(key, (open.get(key) ?? new Set()).add(hold))
      return hold
    },
    acknowledge: (deviceId, envelopeIds) => {
      for (const envelopeId of envelopeIds) {
        for (const hold of open.get(keyOf(deviceId, envelopeId)) ?? []) hold.acknowledge()
      }
    },
    settled: () =>
      underWay.size === 0 ? Promise.resolve() : new Promise((resolve) => onSettled.push(resolve)),
  }
}

class OpenHold implements Hold {
  readonly #onLate: () => void
  readonly #onEnd: () => void
  readonly #onForget: () => void
  #isAcknowledged = false
  #isAwaited = false
  #isStored = false
  #wake: () => void = () => undefined

  constructor(onLate: () => void, onEnd: () => void, onForget: () => void) {
    this.#onLate = onLate
    this.#onEnd = onEnd
    this.#onForget = onForget
  }

  acknowledge(): void {
    this.#isAcknowledged = true
    this.#wake()
    if (this.#isStored) this.#onLate()
  }

  acknowledged(ms: number): Promise<boolean> {
    this.#isAwaited = true
    if (this.#isAcknowledged) return Promise.resolve(true)
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(this.#isAcknowledged), ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve(true)
      }
    })
  }

  stored(): void {
    this.#isStored = true
    if (this.#isAcknowledged) this.#onLate()
  }

  end(): void {
    this.#onEnd()
    if (this.#isStored && this.#isAwaited) setTimeout(this.#onForget, LATE_MS).unref()
    else this.#onForget()
  }
}
