/**
 * Deterministic CBOR of arrays, base64url, and small operations on bytes.
 *
 * One value has one encoding: definite and shortest lengths, no floats, tags, maps or undefined. Structure and limits are
 * checked in one pass over the bytes before anything is allocated, and what was decoded must encode to the same bytes.
 * @see RFC 8949, section 4.2.1; RFC 4648, section 5
 */
import { decode as decodeCbor, encode as encodeCbor, type Token, Tokenizer } from 'cborg'
import type { Bytes } from './keys.ts'
import { MAX_ENCODED_BYTES, MAX_ENCODED_DEPTH, MAX_ENCODED_ITEMS } from './limits.ts'

export type CborValue = null | boolean | number | string | Bytes | readonly CborValue[]

export interface EncodingLimits {
  readonly maxBytes: number
  readonly maxDepth: number
  readonly maxItems: number
}

/** Bytes that are not the one deterministic encoding of a value, or a value that has none. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError'
}

const DEFAULT_LIMITS: EncodingLimits = {
  maxBytes: MAX_ENCODED_BYTES,
  maxDepth: MAX_ENCODED_DEPTH,
  maxItems: MAX_ENCODED_ITEMS,
}

const toUtf8 = new TextEncoder()
/** Keeps a byte order mark: it is a character like others, and text that loses one would not encode to the same bytes. */
const fromUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @throws EncodingError for a number that is not a safe integer. */
export function encode(value: CborValue): Bytes {
  assertEncodable(value)
  return encodeCbor(value)
}

/** @throws EncodingError for anything but the one encoding of one value within `limits`. */
export function decode(bytes: Bytes, limits: Partial<EncodingLimits> = {}): CborValue {
  scan(bytes, { ...DEFAULT_LIMITS, ...limits })
  // Never a Buffer, whose `slice` shares its memory: what is decoded owns its bytes.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  let value: CborValue
  try {
    value = decodeCbor(plain, {
      ...DECODE_OPTIONS,
      tokenizer: new TextTokenizer(plain, DECODE_OPTIONS),
    }) as CborValue
  } catch {
    throw new EncodingError('not decodable')
  }
  if (!equalBytes(encode(value), bytes)) throw new EncodingError('not deterministic')
  return value
}

/** @returns undefined where `decode` throws. */
export function tryDecode(bytes: Bytes, limits: Partial<EncodingLimits> = {}): CborValue | undefined {
  try {
    return decode(bytes, limits)
  } catch (error) {
    if (error instanceof EncodingError) return undefined
    throw error
  }
}

const DECODE_OPTIONS = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
  retainStringBytes: true,
} as const

/** Reads texts with `fromUtf8`: the decoder of cborg drops a byte order mark. */
class TextTokenizer extends Tokenizer {
  override next(): Token {
    const token = super.next()
    if (token.byteValue) token.value = fromUtf8.decode(token.byteValue)
    return token
  }
}

function assertEncodable(value: CborValue): void {
  if (typeof value === 'number' && (!Number.isSafeInteger(value) || Object.is(value, -0))) {
    throw new EncodingError('not a safe integer')
  }
  if (Array.isArray(value)) for (const item of value as readonly CborValue[]) assertEncodable(item)
}

/** Walks the bytes once without allocating: exactly one value, every length inside what is left, within the limits. */
function scan(bytes: Bytes, limits: EncodingLimits): void {
  if (bytes.length > limits.maxBytes) throw new EncodingError('too long')
  let items = 0
  const value = (at: number, depth: number): number => {
    if (++items > limits.maxItems) throw new EncodingError('too many items')
    const head = readHead(bytes, at)
    if (head.major < 2 || head.major === 7) return head.next
    if (head.argument > bytes.length - head.next) throw new EncodingError('longer than its bytes')
    if (head.major < 4) return head.next + head.argument
    if (depth >= limits.maxDepth) throw new EncodingError('too deep')
    let next = head.next
    for (let i = 0; i < head.argument; i++) next = value(next, depth + 1)
    return next
  }
  if (value(0, 0) !== bytes.length) throw new EncodingError('trailing bytes')
}

interface Head {
  readonly major: number
  readonly argument: number
  readonly next: number
}

function readHead(bytes: Bytes, at: number): Head {
  const first = bytes[at]
  if (first === undefined) throw new EncodingError('ends early')
  const major = first >> 5
  const info = first & 31
  if (major === 5 || major === 6) throw new EncodingError('maps and tags have no place here')
  if (major === 7 && (info < 20 || info > 22)) throw new EncodingError('only true, false and null')
  if (info < 24) return { major, argument: info, next: at + 1 }
  if (info > 27) throw new EncodingError('indefinite or reserved length')
  const size = 1 << (info - 24)
  if (at + 1 + size > bytes.length) throw new EncodingError('ends early')
  let argument = 0
  for (let i = 1; i <= size; i++) argument = argument * 256 + (bytes[at + i] ?? 0)
  return { major, argument, next: at + 1 + size }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const VALUES: ReadonlyMap<string, number> = new Map(
  Array.from(ALPHABET, (character, value) => [character, value]),
)

/** Base64url without padding. */
export function toBase64url(bytes: Bytes): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const bits = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    const characters = Math.min(4, bytes.length - i + 1)
    for (let c = 0; c < characters; c++) text += ALPHABET[(bits >> (18 - 6 * c)) & 63]
  }
  return text
}

/** @returns null for anything but the one spelling: no padding, no white space, unused low bits zero. */
export function fromBase64url(text: string): Bytes | null {
  if (text.length % 4 === 1) return null
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let bits = 0
  let held = 0
  let at = 0
  for (const character of text) {
    const value = VALUES.get(character)
    if (value === undefined) return null
    bits = ((bits << 6) | value) & 0x3fff
    held += 6
    if (held >= 8) bytes[at++] = bits >> (held -= 8)
  }
  return (bits & ((1 << held) - 1)) === 0 ? bytes : null
}

/** Compares public bytes; not constant in time. */
export function equalBytes(a: Bytes, b: Bytes): boolean {
  return compareBytes(a, b) === 0
}

/** Negative, zero or positive as `a` comes before, with or after `b`, byte by byte, then by length. */
export function compareBytes(a: Bytes, b: Bytes): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export function concat(...parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Labels and texts as bytes. */
export function utf8(text: string): Bytes {
  return toUtf8.encode(text)
}
