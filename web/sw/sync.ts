/** Background sync: the same engine as a tab's, led once if no tab leads. */
import { browserDeps } from '../engine/browser.ts'
import { createEngine } from '../engine/create.ts'

/** Browsers end a sync event after minutes; a Stream that hangs must not use them up. */
const LONGEST_MS = 60_000

/** Rejects when something still waits, so that the browser tries again later. */
export async function syncOutbox(): Promise<void> {
  const running = createEngine(browserDeps())
  try {
    await running.syncOnce(AbortSignal.timeout(LONGEST_MS))
    if ((await running.read('app')).outboxCount > 0) throw new Error('the Outbox is not empty yet')
  } finally {
    await running.close()
  }
}
