/** MessageKeys of messages not yet arrived. Bounded in number and age: SPEC, section "Skipped keys". */
import type { CborValue } from './encoding.ts'
import type { Bytes } from './keys.ts'
import { decode, encode, equalBytes } from './encoding.ts'
import { MAX_SKIPPED_KEYS } from './limits.ts'
import { asBytes, asUint, asTuple } from './shape.ts'

/** Where a message stands: its Session, its chain, its number. */
export interface Position {
  readonly sid: Bytes
  readonly dhPub: Bytes
  readonly n: number
}

/** One row of its own for the caller, sealed at rest. `messageKey` is 32 bytes. */
export interface SkippedKey extends Position {
  readonly messageKey: Bytes
  readonly storedHour: number
}

/** The SkippedMessageKeys of one Session, oldest first. Immutable: every change makes another value. */
export interface SkippedKeys {
  readonly entries: readonly SkippedKey[]
}

export const NO_SKIPPED_KEYS: SkippedKeys = { entries: [] }

/** What the caller stores and deletes, in the transaction that stores the Session. */
export interface SkippedChanges {
  readonly added: readonly SkippedKey[]
  readonly removed: readonly SkippedKey[]
}

/** Adds keys as the newest. Beyond the limit the oldest leave; their messages are asked for again when they come. */
export function addSkipped(keys: SkippedKeys, newest: readonly SkippedKey[]): SkippedKeys {
  if (newest.length === 0) return keys
  return { entries: [...keys.entries, ...newest].slice(-MAX_SKIPPED_KEYS) }
}

/** The key at `at` and the value without it; null when it is not there: used, evicted or never skipped. */
export function takeSkipped(keys: SkippedKeys, at: Position): { key: SkippedKey; rest: SkippedKeys } | null {
  const key = keys.entries.find((entry) => isAt(entry, at))
  if (!key) return null
  return { key, rest: { entries: keys.entries.filter((entry) => entry !== key) } }
}

/** Leaves out the keys stored before `hour`. */
export function expireSkipped(keys: SkippedKeys, hour: number): SkippedKeys {
  return { entries: keys.entries.filter((entry) => entry.storedHour >= hour) }
}

/** What changed from one value to a later one made from it. */
export function diffSkipped(before: SkippedKeys, after: SkippedKeys): SkippedChanges {
  if (before === after) return { added: [], removed: [] }
  const old = new Set(before.entries)
  const kept = new Set(after.entries)
  return {
    added: after.entries.filter((entry) => !old.has(entry)),
    removed: before.entries.filter((entry) => !kept.has(entry)),
  }
}

/** The bytes of one row. They hold a MessageKey: the caller seals them at rest. */
export function encodeSkippedKey(key: SkippedKey): Bytes {
  return encode([1, key.sid, key.dhPub, key.n, key.messageKey, key.storedHour])
}

/** Reads a row of `encodeSkippedKey`; a row that is something else throws: our own storage is damaged. */
export function decodeSkippedKey(bytes: Bytes): SkippedKey {
  const key = parseSkippedKey(decode(bytes))
  if (!key) throw new TypeError('not a skipped key row')
  return key
}

function parseSkippedKey(value: CborValue): SkippedKey | null {
  const row = asTuple(value, 6)
  if (!row || row[0] !== 1) return null
  const sid = asBytes(row[1], 16)
  const dhPub = asBytes(row[2], 32)
  const n = asUint(row[3])
  const messageKey = asBytes(row[4], 32)
  const storedHour = asUint(row[5])
  if (!sid || !dhPub || n === null || !messageKey || storedHour === null) return null
  return { sid, dhPub, n, messageKey, storedHour }
}

function isAt(entry: SkippedKey, at: Position): boolean {
  return entry.n === at.n && equalBytes(entry.dhPub, at.dhPub) && equalBytes(entry.sid, at.sid)
}
