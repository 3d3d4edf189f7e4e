/**
 * Pushes a new snapshot of each watched query whenever something it shows has changed. The first change shows at once;
 * of many in a row so many are left out that the page has at least half of the time for itself.
 */
import type { QueryKey } from './read.ts'
import { repeat, type Repeated } from './repeat.ts'

/** Longest pause between two snapshots. */
const LONGEST_PAUSE_MS = 250

export interface Watcher {
  /** @param take - may answer when the page has drawn it. */
  watch(key: QueryKey, take: (snapshot: unknown) => unknown): void
  unwatch(key: QueryKey): void
  changed(keys: readonly QueryKey[]): void
  /** Whatever is watched: the database is another one. */
  changedAll(): void
}

/** @param ask - answers a query. One that throws leaves the last snapshot standing. */
export function createWatcher(ask: (key: QueryKey) => Promise<unknown>, signal: AbortSignal): Watcher {
  const watched = new Map<QueryKey, Repeated>()
  return {
    watch(key, take) {
      const pushed = repeat(async () => {
        const startedMs = performance.now()
        const snapshot = await ask(key).catch(() => undefined)
        if (snapshot !== undefined && watched.get(key) === pushed) await take(snapshot)
        await pause(Math.min(performance.now() - startedMs, LONGEST_PAUSE_MS))
        return null
      }, signal)
      watched.set(key, pushed)
      pushed.kick()
    },
    unwatch: (key) => void watched.delete(key),
    changed(keys) {
      for (const key of new Set(keys)) watched.get(key)?.kick()
    },
    changedAll() {
      for (const pushed of watched.values()) pushed.kick()
    },
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))
