/** The page's half of the engine: starts the worker and keeps the snapshots that `useSyncExternalStore` needs. */
import { proxy, wrap, type Remote } from 'comlink'
import { scriptUrl } from '../trusted.ts'
import type { Engine } from './engine.ts'
import type { AppSnapshot, QueryKey, Snapshot } from './read.ts'
import url from './worker?worker&url'
import type { WorkerDoor } from './worker.ts'

export interface Door {
  readonly engine: Engine
  /** The newest snapshot; undefined until the first one has come. Stable between changes. */
  read<K extends QueryKey>(key: K): Snapshot<K> | undefined
  /** Watches a query while at least one listener has it. @returns how to stop listening. */
  subscribe(key: QueryKey, listener: () => void): () => void
}

/** One engine for the whole page: call it once, in `main.tsx`. */
export function openDoor(): Door {
  const worker = new Worker(scriptUrl(url), { type: 'module', name: 'plasma' })
  return connect(wrap<WorkerDoor>(worker))
}

function connect(remote: Remote<WorkerDoor>): Door {
  const snapshots = new Map<QueryKey, unknown>()
  const listeners = new Map<QueryKey, Set<() => void>>()
  /** What nobody watches is not told that it was erased. */
  const forget = () => {
    for (const key of snapshots.keys()) if (!listeners.has(key)) snapshots.delete(key)
  }
  const take = (key: QueryKey, snapshot: unknown) => {
    snapshots.set(key, snapshot)
    if (key === 'app') void askForSync(snapshot as AppSnapshot)
    if (key === 'app' && (snapshot as AppSnapshot).phase === 'signed_out') forget()
    for (const listener of listeners.get(key) ?? []) listener()
  }
  void remote.listen(proxy(take))
  return {
    engine: remote.engine as unknown as Engine,
    read: <K extends QueryKey>(key: K) => snapshots.get(key) as Snapshot<K> | undefined,
    subscribe(key, listener) {
      const watching = listeners.get(key) ?? new Set()
      if (watching.size === 0) void remote.watch(key)
      listeners.set(key, watching.add(listener))
      return () => {
        watching.delete(listener)
        if (watching.size > 0 || listeners.get(key) !== watching) return
        listeners.delete(key)
        void remote.unwatch(key)
      }
    },
  }
}

/** The tag that the service worker's `sync` handler knows. */
const OUTBOX_TAG = 'outbox'

/** What waits goes out by the service worker if the page is gone when the network returns. Only pages can ask, and only some browsers know how. */
async function askForSync(app: AppSnapshot): Promise<void> {
  if (app.outboxCount === 0 || app.connection === 'online' || !navigator.serviceWorker?.controller) return
  const registration = (await navigator.serviceWorker.ready) as ServiceWorkerRegistration & {
    readonly sync?: { register(tag: string): Promise<void> }
  }
  await registration.sync?.register(OUTBOX_TAG).catch(() => undefined)
}
