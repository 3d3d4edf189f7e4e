/** Runs the engine behind comlink, off the page's thread. */
import { expose } from 'comlink'
import { createEngine } from './create.ts'
import type { Engine } from './engine.ts'
import type { QueryKey } from './read.ts'
import { browserDeps } from './browser.ts'

/** What the page's half calls. */
export interface WorkerDoor {
  readonly engine: Engine
  /** `take` gets every new snapshot of a watched query. Called once, before anything is watched. */
  listen(take: (key: QueryKey, snapshot: unknown) => unknown): void
  watch(key: QueryKey): void
  unwatch(key: QueryKey): void
}

const running = createEngine(browserDeps())
let give: (key: QueryKey, snapshot: unknown) => unknown = () => undefined

const door: WorkerDoor = {
  engine: running.engine,
  listen(take) {
    give = take
  },
  watch: (key) => running.watch(key, (snapshot) => give(key, snapshot)),
  unwatch: (key) => running.unwatch(key),
}

expose(door)
