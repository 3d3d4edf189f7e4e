/** Runs the engine behind comlink, off the page's thread. */
import type { Engine } from './engine.ts'
import type { QueryKey } from './read.ts'

/** What the page's half calls. `take` gets every new snapshot of a watched query, the first one at once. */
export interface WorkerDoor {
  readonly engine: Engine
  watch(key: QueryKey, take: (key: QueryKey, snapshot: unknown) => void): Promise<void>
  unwatch(key: QueryKey): void
}
