/** Reads one decoded CBOR value as one shape; null when it has another. */
import type { CborValue } from './encoding.ts'
import type { Bytes } from './keys.ts'

/** An array of exactly `length` elements. */
export function asTuple(value: CborValue | undefined, length: number): readonly CborValue[] | null {
  return Array.isArray(value) && value.length === length ? value : null
}

/** An array of at most `most` elements. */
export function asList(value: CborValue | undefined, most: number): readonly CborValue[] | null {
  return Array.isArray(value) && value.length <= most ? value : null
}

/** A byte string of exactly `length` bytes. */
export function asBytes(value: CborValue | undefined, length: number): Bytes | null {
  return value instanceof Uint8Array && value.length === length ? value : null
}

/** A byte string of at most `most` bytes. */
export function asBytesUpTo(value: CborValue | undefined, most: number): Bytes | null {
  return value instanceof Uint8Array && value.length <= most ? value : null
}

/** A whole number from 0 to `most`. */
export function asUint(value: CborValue | undefined, most: number = Number.MAX_SAFE_INTEGER): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most
    ? value
    : null
}

/** Text of 1 to `most` UTF-16 code units. */
export function asText(value: CborValue | undefined, most: number): string | null {
  return typeof value === 'string' && value.length > 0 && value.length <= most ? value : null
}

/** `read` of every element; null when one of them is null. */
export function asEach<T>(
  value: CborValue | undefined,
  most: number,
  read: (element: CborValue) => T | null,
): readonly T[] | null {
  const list = asList(value, most)?.map(read)
  return list && !list.includes(null) ? (list as readonly T[]) : null
}
