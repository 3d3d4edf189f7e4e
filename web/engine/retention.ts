/** How long what is kept for late Envelopes is kept: the Platform's retention and two weeks. */
import type { Core } from './core.ts'

const MARGIN_DAYS = 14
/** No Platform keeps undelivered Envelopes longer. */
export const MAX_RETENTION_DAYS = 90
const DAY_MS = 86_400_000

export async function oldestMs(core: Core): Promise<number> {
  const retentionDays = (await core.store.meta.get('platform'))?.retentionDays ?? MAX_RETENTION_DAYS
  return core.clock.nowMs() - (retentionDays + MARGIN_DAYS) * DAY_MS
}

export const oldestHour = async (core: Core): Promise<number> =>
  Math.floor((await oldestMs(core)) / 3_600_000)
