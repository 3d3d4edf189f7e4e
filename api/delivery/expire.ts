/** Expiry: what lay longer than its Platform keeps it leaves the Mailbox, and its Device is told that something did. */
import type { Sql } from '../db/sql.ts'
import { expireEnvelopes, forgetGaps } from './sql.ts'

/** Rows of one statement: others are not kept waiting. */
const BATCH = 1000
const DAY_MS = 86_400_000
/** A gap is told again by every Stream for so long: the first may have broken before the Device read it. */
const TOLD_FOR_MS = DAY_MS
/** As long as a Device may stay away and still be told. */
const GAPS_KEPT_MS = 400 * DAY_MS

/** Any instance may, at any time, also several at once. @returns how many Envelopes expired. */
export async function sweep(sql: Sql, nowMs: number): Promise<number> {
  let expired = 0
  for (;;) {
    const count = await expireEnvelopes(sql, nowMs, BATCH)
    expired += count
    if (count < BATCH) break
  }
  await forgetGaps(sql, nowMs - TOLD_FOR_MS, nowMs - GAPS_KEPT_MS)
  return expired
}
