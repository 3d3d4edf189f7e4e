/** Ends what only late Envelopes could need, once none can come any more. */
import { decodeSkippedKey } from '../../protocol/index.ts'
import type { Core } from './core.ts'
import { oldestHour, oldestMs } from './retention.ts'

export async function forgetOld(core: Core): Promise<void> {
  const { store } = core
  const before = await oldestMs(core)
  const older = { index: 'age', from: 0, to: before }
  const seen = await store.db.all('seen', older)
  const sent = await store.db.all('sent', older)
  // By prekeys that are used more than once, an Initiation could be opened again while they are kept.
  const reusable = { index: 'kind', from: 'last_resort', to: 'last_resort' }
  const made = (await store.prekeys.list(reusable)).map(({ value }) => value.madeMs)
  const beforeAll = Math.min(before, ...made)
  const initiations = (await store.initiations.list()).filter(({ value }) => value.storedMs < beforeAll)
  const hour = await oldestHour(core)
  const skipped = (await store.skipped.list()).filter(
    ({ value }) => decodeSkippedKey(value.bytes).storedHour < hour,
  )
  const links = (await store.links.list()).filter(
    ({ value }) => value.endedMs !== null && value.endedMs < before,
  )
  await store.db.commit([
    ...seen.map(({ key }) => store.seen.drop(key)),
    ...sent.map(({ key }) => store.sent.drop(key)),
    ...initiations.map((held) => store.initiations.remove(held)),
    ...skipped.map(({ key }) => store.skipped.drop(key)),
    ...links.map((held) => store.links.remove(held)),
  ])
}
