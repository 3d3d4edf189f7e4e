/** The plaintext of a Ratchet message: E([version, type, messageId, sentMs, heads, body]). SPEC, section "Plaintext". */
import type { CborValue } from './encoding.ts'
import type { Bytes } from './keys.ts'
import { EncodingError, decode, encode } from './encoding.ts'
import { MAX_ENTRIES_FRAME_BYTES, MAX_FRAME_BYTES, MAX_SENT_MS } from './limits.ts'
import { asBytes, asTuple, asUint } from './shape.ts'
import type { ChainHead } from './sigchain.ts'

const TYPE_NUMBERS = {
  text: 1,
  edit: 2,
  delete: 3,
  reaction: 4,
  attachment: 5,
  receipt: 6,
  'sent-copy': 7,
  'read-marker': 8,
  settings: 9,
  contact: 10,
  profile: 11,
  'sigchain-entries': 12,
  retry: 13,
  history: 14,
} as const

export type MessageType = keyof typeof TYPE_NUMBERS

const TYPES: ReadonlyMap<number, MessageType> = new Map(
  Object.entries(TYPE_NUMBERS).map(([type, number]) => [number, type as MessageType]),
)

/** The sender's own head and his view of the recipient's, null when he never saw one. */
export interface Heads {
  readonly own: ChainHead
  readonly peer: ChainHead | null
}

export interface MessageContent {
  readonly version: 1
  readonly type: MessageType
  /** 16 random bytes. */
  readonly messageId: Bytes
  readonly sentMs: number
  readonly heads: Heads
  readonly body: CborValue
}

/** Made by a later release: kept as it came and shown as "update needed". Every version keeps the first four elements. */
export interface UnknownContent {
  readonly type: 'unknown'
  readonly version: number
  readonly number: number
  readonly messageId: Bytes
  readonly sentMs: number
  /** Null when the version is unknown too. */
  readonly heads: Heads | null
  readonly frame: Bytes
}

export type OpenedContent = MessageContent | UnknownContent

/** The frame's bytes. A frame over its limit is a programming error and throws. */
export function encodeContent(content: MessageContent): Bytes {
  const { type, messageId, sentMs, heads, body } = content
  const frame = encode([1, TYPE_NUMBERS[type], messageId, sentMs, encodeHeads(heads), body])
  if (frame.length > frameLimit(type)) throw new RangeError('the frame is over its limit')
  return frame
}

/** Reads a frame whose tag verified. Null when its sender did not follow the format. */
export function parseContent(frame: Bytes): OpenedContent | null {
  const fields = decodeFrame(frame)
  const version = asUint(fields?.[0])
  const number = asUint(fields?.[1])
  const messageId = asBytes(fields?.[2], 16)
  const sentMs = asUint(fields?.[3], MAX_SENT_MS)
  if (!fields || !version || !number || !messageId || sentMs === null) return null
  if (version !== 1) return { type: 'unknown', version, number, messageId, sentMs, heads: null, frame }
  return parseVersion1(frame, fields, { number, messageId, sentMs })
}

/** A head as [seq, hash]. */
export function encodeHead(head: ChainHead): CborValue {
  return [head.seq, head.hash]
}

export function parseHead(value: CborValue | undefined): ChainHead | null {
  const pair = asTuple(value, 2)
  const seq = asUint(pair?.[0], 127)
  const hash = asBytes(pair?.[1], 32)
  return seq === null || !hash ? null : { seq, hash }
}

function parseVersion1(
  frame: Bytes,
  fields: readonly CborValue[],
  known: Pick<UnknownContent, 'number' | 'messageId' | 'sentMs'>,
): OpenedContent | null {
  const heads = parseHeads(fields[4])
  const body = fields[5]
  if (fields.length !== 6 || !heads || body === undefined) return null
  const type = typeOf(known.number)
  if (!type) return { type: 'unknown', version: 1, ...known, heads, frame }
  if (frame.length > frameLimit(type)) return null
  return { version: 1, type, messageId: known.messageId, sentMs: known.sentMs, heads, body }
}

function decodeFrame(frame: Bytes): readonly CborValue[] | null {
  try {
    const value = decode(frame, { maxBytes: MAX_ENTRIES_FRAME_BYTES })
    return Array.isArray(value) ? value : null
  } catch (error) {
    if (error instanceof EncodingError) return null
    throw error
  }
}

function encodeHeads(heads: Heads): CborValue {
  return [encodeHead(heads.own), heads.peer && encodeHead(heads.peer)]
}

function parseHeads(value: CborValue | undefined): Heads | null {
  const pair = asTuple(value, 2)
  const own = parseHead(pair?.[0])
  const peer = pair?.[1] === null ? null : parseHead(pair?.[1])
  return own && (peer || pair?.[1] === null) ? { own, peer } : null
}

function typeOf(number: number): MessageType | null {
  return TYPES.get(number) ?? null
}

function frameLimit(type: MessageType): number {
  return type === 'sigchain-entries' ? MAX_ENTRIES_FRAME_BYTES : MAX_FRAME_BYTES
}
