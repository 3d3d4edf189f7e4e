/** The bodies of Messages, type by type. Each `make` gives what its `parse` accepts. SPEC, section "Bodies". */
import type { CborValue } from './encoding.ts'
import type { Bytes } from './keys.ts'
import {
  MAX_ACTIVE_DEVICES,
  MAX_AVATAR_BYTES,
  MAX_CHAIN_ENTRIES,
  MAX_ENTRY_BODY_BYTES,
  MAX_FRAME_BYTES,
  MAX_NAME_LENGTH,
  MAX_RECEIPT_IDS,
} from './limits.ts'
import { encodeHead, parseHead } from './message.ts'
import { asBytes, asBytesUpTo, asEach, asText, asTuple, asUint } from './shape.ts'
import type { ChainHead, SignedEntry } from './sigchain.ts'

/** `conversationId` is null for the Conversation of exactly the two Accounts, 16 bytes for a group. */
export interface TextBody {
  readonly conversationId: Bytes | null
  readonly text: string
}

/** The bytes of a signed freshness statement, to be verified against the sender's chain. */
export interface Statement {
  readonly body: Bytes
  readonly signature: Bytes
}

/** `delivered` and `read` are message ids, 16 bytes each. */
export interface ReceiptBody {
  readonly delivered: readonly Bytes[]
  readonly read: readonly Bytes[]
  readonly freshness: Statement | null
}

/**
 * A capability to send, and whether the Person accepted. `account` is null to the Contact himself; to own Devices it
 * names the Contact.
 */
export interface ContactBody {
  readonly account: Bytes | null
  readonly capability: Bytes | null
  readonly accepted: boolean
}

export interface ProfileBody {
  readonly name: string
  readonly avatar: Bytes | null
}

/** Entries of the sender's chain that the recipient misses, in order. */
export interface EntriesBody {
  readonly entries: readonly SignedEntry[]
}

const RETRY_REASONS = {
  unknown_session: 1,
  unknown_prekey: 2,
  forged: 3,
  gap_too_large: 4,
  used_key: 5,
} as const

export type RetryReason = keyof typeof RETRY_REASONS

/** Names an Envelope that did not open, and the asking Account's head. */
export interface RetryBody {
  readonly envelopeId: Bytes
  readonly sid: Bytes
  readonly n: number
  readonly reason: RetryReason
  readonly head: ChainHead
}

export function makeText(body: TextBody): CborValue {
  return [body.conversationId, body.text]
}

export function parseText(value: CborValue): TextBody | null {
  const fields = asTuple(value, 2)
  const conversationId = asNullableBytes(fields?.[0], 16)
  const text = asText(fields?.[1], MAX_FRAME_BYTES)
  return conversationId === undefined || text === null ? null : { conversationId, text }
}

export function makeReceipt(body: ReceiptBody): CborValue {
  const { delivered, read, freshness } = body
  return [[...delivered], [...read], freshness && [freshness.body, freshness.signature]]
}

export function parseReceipt(value: CborValue): ReceiptBody | null {
  const fields = asTuple(value, 3)
  const delivered = asEach(fields?.[0], MAX_RECEIPT_IDS, asMessageId)
  const read = asEach(fields?.[1], MAX_RECEIPT_IDS, asMessageId)
  const freshness = asNullable(fields?.[2], parseStatement)
  return delivered && read && freshness !== undefined ? { delivered, read, freshness } : null
}

export function makeContact(body: ContactBody): CborValue {
  return [body.account, body.capability, body.accepted]
}

export function parseContact(value: CborValue): ContactBody | null {
  const fields = asTuple(value, 3)
  const account = asNullableBytes(fields?.[0], 32)
  const capability = asNullableBytes(fields?.[1], 32)
  const accepted = fields?.[2]
  if (account === undefined || capability === undefined || typeof accepted !== 'boolean') return null
  return { account, capability, accepted }
}

export function makeProfile(body: ProfileBody): CborValue {
  return [body.name, body.avatar]
}

export function parseProfile(value: CborValue): ProfileBody | null {
  const fields = asTuple(value, 2)
  const name = asText(fields?.[0], MAX_NAME_LENGTH)
  const avatar = asNullable(fields?.[1], (bytes) => asBytesUpTo(bytes, MAX_AVATAR_BYTES))
  return name === null || avatar === undefined ? null : { name, avatar }
}

/** Entries as [[body, signature, coSignature | null] …], here and in an Initiation. */
export function makeEntries(body: EntriesBody): CborValue {
  return body.entries.map((entry) => [entry.body, entry.signature, entry.coSignature ?? null])
}

export function parseEntries(value: CborValue | undefined): EntriesBody | null {
  const entries = asEach(value, MAX_CHAIN_ENTRIES, parseEntry)
  return entries ? { entries } : null
}

export function makeRetry(body: RetryBody): CborValue {
  return [body.envelopeId, body.sid, body.n, RETRY_REASONS[body.reason], encodeHead(body.head)]
}

export function parseRetry(value: CborValue): RetryBody | null {
  const fields = asTuple(value, 5)
  const envelopeId = asBytes(fields?.[0], 16)
  const sid = asBytes(fields?.[1], 16)
  const n = asUint(fields?.[2], 0xffff_ffff)
  const reason = reasonOf(fields?.[3])
  const head = parseHead(fields?.[4])
  return envelopeId && sid && n !== null && reason && head ? { envelopeId, sid, n, reason, head } : null
}

function parseStatement(value: CborValue): Statement | null {
  const pair = asTuple(value, 2)
  const body = asBytesUpTo(pair?.[0], 256)
  const signature = asBytes(pair?.[1], 64)
  return body && signature ? { body, signature } : null
}

function parseEntry(value: CborValue): SignedEntry | null {
  const fields = asTuple(value, 3)
  const body = asBytesUpTo(fields?.[0], MAX_ENTRY_BODY_BYTES)
  const signature = asBytes(fields?.[1], 64)
  const coSignature = asNullable(fields?.[2], parseCoSignature)
  if (!body || !signature || coSignature === undefined) return null
  return coSignature ? { body, signature, coSignature } : { body, signature }
}

/** 64 bytes for each Device that signs beside the signer. */
function parseCoSignature(value: CborValue): Bytes | null {
  const bytes = asBytesUpTo(value, 64 * MAX_ACTIVE_DEVICES)
  return bytes && bytes.length > 0 && bytes.length % 64 === 0 ? bytes : null
}

function reasonOf(value: CborValue | undefined): RetryReason | null {
  const found = Object.entries(RETRY_REASONS).find(([, number]) => number === value)
  return found ? (found[0] as RetryReason) : null
}

function asMessageId(value: CborValue): Bytes | null {
  return asBytes(value, 16)
}

function asNullableBytes(value: CborValue | undefined, length: number): Bytes | null | undefined {
  return asNullable(value, (bytes) => asBytes(bytes, length))
}

/** The value read, null where null stands, undefined where anything else does. */
function asNullable<T>(
  value: CborValue | undefined,
  read: (value: CborValue) => T | null,
): T | null | undefined {
  if (value === null) return null
  return (value === undefined ? null : read(value)) ?? undefined
}
