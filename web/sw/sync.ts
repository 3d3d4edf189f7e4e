/** Background sync: what was written offline goes out when the network is back, with no tab open. */
import { browserDeps } from '../engine/browser.ts'
import { createEngine } from '../engine/create.ts'

/** What TypeScript's WebWorker library does not name yet. */
interface SyncEvent extends ExtendableEvent {
  readonly tag: string
}

/** The page registers it whenever it puts something in the Outbox while offline. */
const OUTBOX_TAG = 'outbox'
/** Browsers end a worker that takes much longer. */
const LONGEST_MS = 25_000

export function handleSync(event: Event): void {
  const { tag } = event as SyncEvent
  if (tag === OUTBOX_TAG) (event as SyncEvent).waitUntil(flushOutbox())
}

/** The same engine as in a tab, under the same locks: where a tab leads, it is only woken. */
async function flushOutbox(): Promise<void> {
  const running = createEngine(browserDeps())
  try {
    const isEmpty = await running.syncOnce(AbortSignal.timeout(LONGEST_MS))
    // A rejected wait makes the browser come back later.
    if (!isEmpty) throw new Error('the Outbox is not empty')
  } finally {
    await running.close()
  }
}
