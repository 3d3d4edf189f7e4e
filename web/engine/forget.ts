/** Ends what only late Envelopes could need, once none can come any more. */
import type { Core } from './core.ts'
import { oldestMs } from './retention.ts'

export async function forgetOld(core: Core): Promise<void> {
  const { store } = core
  const before = await oldestMs(core)
  const older = { index: 'age', from: 0, to: before }
  const seen = await store.db.all('seen', older)
  const sent = await store.db.all('sent', older)
  const initiations = (await store.initiations.list()).filter(({ value }) => value.storedMs < before)
  const links = (await store.links.list()).filter(
    ({ value }) => value.endedMs !== null && value.endedMs < before,
  )
  await store.db.commit([
    ...seen.map(({ key }) => store.seen.drop(key)),
    ...sent.map(({ key }) => store.sent.drop(key)),
    ...initiations.map((held) => store.initiations.remove(held)),
    ...links.map((held) => store.links.remove(held)),
  ])
}
