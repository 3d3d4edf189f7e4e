/** Runs of a Device's Stream: only the one who knows the last can open the next, so that a copy of a Device is found out. */
import type { RunId } from '../../wire/ids.ts'
import type { Sql } from '../db/sql.ts'
import { problem } from '../http/problem.ts'
import { forgetRuns, knowsRun, selectHeldRun, swapRun } from './sql.ts'

/** Runs remembered for each Device: months of reconnecting. */
const RUNS_REMEMBERED = 1000
const FORGET_EVERY = 100

/**
 * Repeating the run that is held changes nothing.
 *
 * @returns the number of the run: each is greater than the one before.
 * @throws Problem `run_conflict` when another run is held than the one named; `known` tells whether the named one was held once.
 */
export async function openRun(
  sql: Sql,
  deviceId: string,
  lastRunId: RunId | null,
  runId: RunId,
): Promise<number> {
  const number = await swapRun(sql, deviceId, lastRunId, runId)
  if (number !== undefined) {
    if (number % FORGET_EVERY === 0) await forgetRuns(sql, deviceId, number - RUNS_REMEMBERED)
    return number
  }
  const held = await selectHeldRun(sql, deviceId)
  if (held !== undefined && held.runId === runId) return held.number
  const known = lastRunId !== null && (await knowsRun(sql, deviceId, lastRunId))
  throw problem('run_conflict', { fields: { heldRunId: held?.runId ?? null, known } })
}
