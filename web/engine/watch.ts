/** Pushes a new snapshot of each watched query whenever something it shows has changed. */
import type { QueryKey } from './read.ts'
import { repeat, type Repeated } from './repeat.ts'

export interface Watcher {
  watch(key: QueryKey, take: (snapshot: unknown) => void): void
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
        const snapshot = await ask(key).catch(() => undefined)
        if (snapshot !== undefined && watched.get(key) === pushed) take(snapshot)
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
