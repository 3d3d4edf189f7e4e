/**
 * Freshness: a Device states each day which head of its own Sigchain it knows.
 *
 * An API can hide a revocation only as long as no remaining Device speaks. SPEC, section "Freshness".
 */
import { activeDevice } from './deviceList.ts'
import { concat, encode, equalBytes, tryDecode, utf8 } from './encoding.ts'
import type { Bytes } from './keys.ts'
import { FRESHNESS_HOURS, MAX_AHEAD_HOURS, MAX_STATEMENT_BODY_BYTES } from './limits.ts'
import { asBytes, asTuple, asUint } from './shape.ts'
import { type ChainHead, compareHead, type Sigchain } from './sigchain.ts'
import { verifySignature } from '#primitives'

export interface FreshnessStatement {
  readonly body: Bytes
  readonly signature: Bytes
}

export interface StatedHead {
  readonly accountId: Bytes
  readonly deviceId: Bytes
  readonly head: ChainHead
  readonly hour: number
}

export type FreshnessResult =
  | {
      readonly ok: true
      readonly deviceId: Bytes
      readonly seq: number
      readonly hash: Bytes
      readonly hour: number
      /** `newer`: there are Entries that this side has not seen; ask for them. */
      readonly relation: 'same' | 'older' | 'newer'
    }
  | { readonly ok: false; readonly failure: FreshnessFailure }

/** `fork`: a signed statement names another Entry at a known seq. An alarm, like two Entries. */
export type FreshnessFailure = 'bad_encoding' | 'wrong_account' | 'not_active' | 'bad_signature' | 'fork'

const LABEL = 'plasma/1/freshness'
const SIGNATURE_LABEL = utf8('plasma/1/freshness-sig')

/** What a Device signs: its Account, itself, a head of the chain, and the hour. */
export function encodeStatement({ accountId, deviceId, head, hour }: StatedHead): Bytes {
  return encode([LABEL, accountId, deviceId, head.seq, head.hash, hour])
}

export function statementBytes(body: Bytes): Bytes {
  return concat(SIGNATURE_LABEL, body)
}

/** Believes only Devices that are active in `chain`. Whether `hour` is recent is for `confirmedHour`. */
export async function verifyFreshness(
  chain: Sigchain,
  statement: FreshnessStatement,
): Promise<FreshnessResult> {
  const read = readStatement(statement.body)
  if (read === null) return { ok: false, failure: 'bad_encoding' }
  if (!equalBytes(read.accountId, chain.accountId)) return { ok: false, failure: 'wrong_account' }
  const device = activeDevice(chain, read.deviceId)
  if (device === null) return { ok: false, failure: 'not_active' }
  if (!(await verifySignature(device.signPub, statementBytes(statement.body), statement.signature))) {
    return { ok: false, failure: 'bad_signature' }
  }
  const { deviceId, head, hour } = read
  const relation = compareHead(chain, head)
  if (relation === 'fork') return { ok: false, failure: 'fork' }
  return { ok: true, deviceId, seq: head.seq, hash: head.hash, hour, relation }
}

function readStatement(body: Bytes): StatedHead | null {
  const parts = asTuple(tryDecode(body, { maxBytes: MAX_STATEMENT_BODY_BYTES }), 6)
  if (parts?.[0] !== LABEL) return null
  const accountId = asBytes(parts[1], 32)
  const deviceId = asBytes(parts[2], 16)
  const seq = asUint(parts[3])
  const hash = asBytes(parts[4], 32)
  const hour = asUint(parts[5])
  if (accountId === null || deviceId === null || seq === null || hash === null || hour === null) return null
  return { accountId, deviceId, head: { seq, hash }, hour }
}

/**
 * The latest hour at which an active Device stated the known head.
 *
 * @returns null when none did, or none within the last 7 days: the interface then says since when the device list is
 * not confirmed. Statements more than 48 hours ahead of `nowHour` count as none.
 */
export function confirmedHour(statements: readonly FreshnessResult[], nowHour: number): number | null {
  let latest: number | null = null
  for (const statement of statements) {
    if (!statement.ok || statement.relation !== 'same') continue
    const { hour } = statement
    if (hour > nowHour + MAX_AHEAD_HOURS || hour < nowHour - FRESHNESS_HOURS) continue
    latest = Math.max(latest ?? 0, hour)
  }
  return latest
}
