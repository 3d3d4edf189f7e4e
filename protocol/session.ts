/** A Session: the Ratchet of one Device pair, its name, and what repeats until the other side answers. SPEC, section "Session". */
import type { CborValue } from './encoding.ts'
import { decode, encode, equalBytes } from './encoding.ts'
import type { Header } from './header.ts'
import type { Bytes, DhPrivateKey } from './keys.ts'
import type { OpenedContent } from './message.ts'
import { parseContent } from './message.ts'
import type { RatchetFailure, RatchetMessage, RatchetState, ReceivingChain, SendingChain } from './ratchet.ts'
import { ratchetOpen } from './ratchet.ts'
import { asBytes, asBytesUpTo, asEach, asTuple, asUint } from './shape.ts'
import { LARGEST_BUCKET_BYTES, MAX_EPOCH, MAX_MESSAGE_NUMBER, MAX_RECEIVING_CHAINS } from './limits.ts'
import type { SkippedKeys } from './skipped.ts'
import { unpad } from './padding.ts'

export interface DeviceAddress {
  readonly accountId: Bytes
  readonly deviceId: Bytes
}

export interface Session {
  /** 16 bytes, the same on both sides. */
  readonly sid: Bytes
  readonly epoch: number
  readonly peer: DeviceAddress
  /** 32 bytes under every tag: both Devices and the Session. */
  readonly ad: Bytes
  readonly ratchet: RatchetState
  /** The Initiation's bytes, repeated in every Envelope until one is received; null in a responder. */
  readonly pendingInitiation: Bytes | null
}

/** What an opened Envelope holds for a Session. */
export interface SessionMessage extends RatchetMessage {
  readonly sender: DeviceAddress
  readonly epoch: number
  readonly header: Header
}

export type OpenFailure = RatchetFailure

export type OpenMessageResult =
  | {
      readonly ok: true
      readonly session: Session
      readonly skipped: SkippedKeys
      readonly content: OpenedContent
    }
  | { readonly ok: false; readonly failure: OpenFailure }

/**
 * Opens the message of an Envelope in its Session.
 *
 * @param inner - from `openInner`; its `header.sid` chose `session`.
 * @param skipped - the skipped keys of this Session.
 * @param hour - stored with keys that this message skips.
 * @returns `forged` also for a message of another sender or epoch than the Session's, and for a text that is no frame. After a
 * failure `session` and `skipped` are what they were.
 */
export async function openMessage(input: {
  readonly session: Session
  readonly inner: SessionMessage
  readonly skipped: SkippedKeys
  readonly hour: number
}): Promise<OpenMessageResult> {
  const { session, inner, hour } = input
  if (inner.header.typing || !isOfSession(session, inner)) return { ok: false, failure: 'forged' }
  const opened = await ratchetOpen(session.ratchet, session, inner, input.skipped, hour)
  if (!opened.ok) return opened
  const frame = unpad(opened.plaintext)
  const content = frame && parseContent(frame)
  if (!content) return { ok: false, failure: 'forged' }
  const next = { ...session, ratchet: opened.state, pendingInitiation: null }
  return { ok: true, session: next, skipped: opened.skipped, content }
}

/** Whether the sender, the epoch and the sid of an Envelope are those of a Session. */
export function isOfSession(session: Session, inner: SessionMessage): boolean {
  return (
    inner.epoch === session.epoch &&
    equalBytes(inner.header.sid, session.sid) &&
    equalBytes(inner.sender.deviceId, session.peer.deviceId) &&
    equalBytes(inner.sender.accountId, session.peer.accountId)
  )
}

/** A Session's row: bytes that the caller seals at rest, and the one private key, which is stored as it is. */
export interface EncodedSession {
  readonly symmetric: Bytes
  readonly ratchetPrivate: DhPrivateKey
}

export function encodeSession(session: Session): EncodedSession {
  const { sid, epoch, peer, ad, ratchet, pendingInitiation } = session
  const { rootKey, pair, sending, previous, receiving } = ratchet
  const symmetric = encode([
    1,
    sid,
    epoch,
    peer.accountId,
    peer.deviceId,
    ad,
    pendingInitiation,
    rootKey,
    pair.publicKey,
    sending && [sending.chainKey, sending.typingKey, sending.n],
    previous,
    receiving.map((chain) => [chain.dhPub, chain.chainKey, chain.typingKey, chain.n]),
  ])
  return { symmetric, ratchetPrivate: pair.privateKey }
}

/** Reads what `encodeSession` wrote. Anything else throws: our own storage is damaged. */
export function decodeSession(symmetric: Bytes, ratchetPrivate: DhPrivateKey): Session {
  const session = parseSession(decode(symmetric), ratchetPrivate)
  if (!session) throw new TypeError('not a session row')
  return session
}

function parseSession(value: CborValue, privateKey: DhPrivateKey): Session | null {
  const row = asTuple(value, 12)
  if (!row || row[0] !== 1) return null
  const sid = asBytes(row[1], 16)
  const epoch = asUint(row[2], MAX_EPOCH)
  const accountId = asBytes(row[3], 32)
  const deviceId = asBytes(row[4], 16)
  const ad = asBytes(row[5], 32)
  const pendingInitiation = asBytesUpTo(row[6], LARGEST_BUCKET_BYTES)
  const ratchet = parseRatchet(row.slice(7), privateKey)
  if (!sid || !epoch || !accountId || !deviceId || !ad || !ratchet) return null
  if (!pendingInitiation && row[6] !== null) return null
  return { sid, epoch, peer: { accountId, deviceId }, ad, ratchet, pendingInitiation }
}

function parseRatchet(fields: readonly CborValue[], privateKey: DhPrivateKey): RatchetState | null {
  const rootKey = asBytes(fields[0], 32)
  const publicKey = asBytes(fields[1], 32)
  const sending = fields[2] === null ? null : parseSending(fields[2])
  const previous = asUint(fields[3], MAX_MESSAGE_NUMBER)
  const receiving = asEach(fields[4], MAX_RECEIVING_CHAINS, parseReceiving)
  if (!rootKey || !publicKey || previous === null || !receiving) return null
  if (!sending && fields[2] !== null) return null
  return { rootKey, pair: { publicKey, privateKey }, sending, previous, receiving }
}

function parseSending(value: CborValue | undefined): SendingChain | null {
  const fields = asTuple(value, 3)
  const chainKey = asBytes(fields?.[0], 32)
  const typingKey = asBytes(fields?.[1], 32)
  const n = asUint(fields?.[2], MAX_MESSAGE_NUMBER)
  return chainKey && typingKey && n !== null ? { chainKey, typingKey, n } : null
}

function parseReceiving(value: CborValue): ReceivingChain | null {
  const fields = asTuple(value, 4)
  const dhPub = asBytes(fields?.[0], 32)
  const chainKey = asBytes(fields?.[1], 32)
  const typingKey = asBytes(fields?.[2], 32)
  const n = asUint(fields?.[3], MAX_MESSAGE_NUMBER + 1)
  if (!dhPub || !typingKey || n === null || (!chainKey && fields?.[1] !== null)) return null
  return { dhPub, chainKey, typingKey, n }
}
