/** Group commit: whatever waits goes to the database together, since a commit costs the same for one and for many. */
import { isOutage, within } from '../db/outage.ts'

export interface GroupOptions<Item, Result> {
  /** All of them, or it throws and none. One result for each, in order. */
  readonly commit: (group: readonly Item[]) => Promise<readonly Result[]>
  readonly sizeOf: (item: Item) => number
  readonly maxItems: number
  readonly maxBytes: number
  /** Beyond so much waiting, more is refused at once: memory is bounded, and the sender keeps it. */
  readonly maxWaitingBytes: number
  /** Groups under way at the same time. */
  readonly inFlight: number
  readonly patienceMs: number
}

/** Refused since too much is waiting already; shaped like an outage, which it is for its caller. */
export class TooMuchWaiting extends Error {
  override readonly name = 'TooMuchWaiting'
  readonly code = 'ETIMEDOUT'
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/** @returns what adds one item: it resolves after the commit that holds it. */
export function createGroups<Item, Result>(
  options: GroupOptions<Item, Result>,
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = []
  let waitingBytes = 0
  let underWay = 0

  const take = () => {
    let bytes = 0
    let count = 0
    for (const { item } of waiting) {
      const size = options.sizeOf(item)
      if (count === options.maxItems || (count > 0 && bytes + size > options.maxBytes)) break
      bytes += size
      count++
    }
    const group = waiting.slice(0, count)
    waiting = waiting.slice(count)
    waitingBytes -= bytes
    return group
  }

  const startFlushes = () => {
    while (waiting.length > 0 && underWay < options.inFlight) {
      underWay++
      void flush(options, take()).finally(() => {
        underWay--
        startFlushes()
      })
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      const size = options.sizeOf(item)
      if (waitingBytes + size > options.maxWaitingBytes)
        return reject(new TooMuchWaiting('too much is waiting'))
      waitingBytes += size
      waiting.push({ item, resolve, reject })
      // After this tick, so that what one event brings goes together; at once as far as a person can tell.
      if (waiting.length === 1) setImmediate(startFlushes)
    })
}

async function flush<Item, Result>(
  options: GroupOptions<Item, Result>,
  group: readonly Waiting<Item, Result>[],
): Promise<void> {
  const failure = await tryCommit(options, group)
  if (failure === null) return
  if (group.length === 1 || isOutage(failure.error)) return refuse(group, failure.error)
  // One of them is at fault, and the others are not to suffer for it.
  for (const [n, one] of group.entries()) {
    const alone = await tryCommit(options, [one])
    if (alone === null) continue
    // The rest would each wait for the same answer.
    if (isOutage(alone.error)) return refuse(group.slice(n), alone.error)
    refuse([one], alone.error)
  }
}

/** @returns null when each has its result; else why none has. */
async function tryCommit<Item, Result>(
  options: GroupOptions<Item, Result>,
  group: readonly Waiting<Item, Result>[],
): Promise<{ readonly error: unknown } | null> {
  try {
    const results = await within(options.patienceMs, options.commit(group.map(({ item }) => item)))
    group.forEach(({ resolve }, n) => resolve(results[n] as Result))
    return null
  } catch (error) {
    return { error }
  }
}

function refuse(group: readonly { reject(error: unknown): void }[], error: unknown): void {
  for (const { reject } of group) reject(error)
}
