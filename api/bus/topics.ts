/** Who listens to what on this instance. */
import type { BusListener, BusMessage } from './bus.ts'

export class Topics {
  readonly #listeners = new Map<string, BusListener | Set<BusListener>>()

  /** @returns whether it is the topic's first. */
  add(topic: string, listener: BusListener): boolean {
    const present = this.#listeners.get(topic)
    // Nearly every topic has one listener, and 10,000 sets of one are not free.
    if (present === undefined) this.#listeners.set(topic, listener)
    else if (present instanceof Set) present.add(listener)
    else this.#listeners.set(topic, new Set([present, listener]))
    return present === undefined
  }

  /** @returns whether it was the topic's last. */
  remove(topic: string, listener: BusListener): boolean {
    const present = this.#listeners.get(topic)
    if (present === listener) return this.#listeners.delete(topic)
    if (!(present instanceof Set) || !present.delete(listener)) return false
    return present.size === 0 && this.#listeners.delete(topic)
  }

  has(topic: string): boolean {
    return this.#listeners.has(topic)
  }

  names(): Iterable<string> {
    return this.#listeners.keys()
  }

  /** @returns how many listeners got it. */
  deliver(topic: string, message: BusMessage): number {
    const present = this.#listeners.get(topic)
    if (present === undefined) return 0
    if (!(present instanceof Set)) {
      present(message)
      return 1
    }
    for (const listener of present) listener(message)
    return present.size
  }
}
