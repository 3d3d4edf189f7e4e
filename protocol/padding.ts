/** Lengths that the API may see: every Envelope has a bucket's length. SPEC, section "Padding". */
import type { Bytes } from './keys.ts'
import { LARGEST_BUCKET_BYTES, SMALLEST_BUCKET_BYTES } from './limits.ts'

/** 512, 1,024, 2,048 … 65,536. */
export const BUCKETS: readonly number[] = Array.from(
  { length: Math.log2(LARGEST_BUCKET_BYTES / SMALLEST_BUCKET_BYTES) + 1 },
  (_, power) => SMALLEST_BUCKET_BYTES * 2 ** power,
)

/** The smallest bucket that holds `sizeBytes` and is not under `minimumBytes`; null when none does. */
export function bucketFor(sizeBytes: number, minimumBytes: number = SMALLEST_BUCKET_BYTES): number | null {
  return BUCKETS.find((bucket) => bucket >= sizeBytes && bucket >= minimumBytes) ?? null
}

/**
 * Appends 0x80 and zeros until `lengthBytes` is reached (ISO/IEC 7816-4).
 *
 * @param lengthBytes - at least one more than `bytes` has; a smaller one is a programming error and throws.
 */
export function pad(bytes: Bytes, lengthBytes: number): Bytes {
  if (lengthBytes <= bytes.length) throw new RangeError('padding needs at least one byte')
  const padded = new Uint8Array(lengthBytes)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  return padded
}

/** Takes the padding off. Null when there is none: the sender did not follow the format. */
export function unpad(padded: Bytes): Bytes | null {
  let end = padded.length - 1
  while (end >= 0 && padded[end] === 0) end -= 1
  return padded[end] === 0x80 ? padded.subarray(0, end) : null
}
