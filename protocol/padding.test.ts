import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { BUCKETS, bucketFor, pad, unpad } from './padding.ts'

test('the buckets double from 512 bytes to 64 KiB', () => {
  expect(BUCKETS).toEqual([512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536])
})

test('the smallest bucket that holds the bytes is taken', () => {
  expect([bucketFor(1), bucketFor(512), bucketFor(513), bucketFor(65_536)]).toEqual([512, 512, 1_024, 65_536])
  expect(bucketFor(1, 4_096)).toBe(4_096)
  expect(bucketFor(65_537)).toBeNull()
})

test('what was padded comes back, zeros and marks at its end included', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 1, max: 50 }), (bytes, more) => {
      expect(unpad(pad(bytes, bytes.length + more))).toEqual(bytes)
    }),
  )
  const ends = Uint8Array.of(1, 0x80, 0, 0x80, 0)
  expect(unpad(pad(ends, 16))).toEqual(ends)
})

test('there is always at least one byte of padding', () => {
  expect(() => pad(new Uint8Array(512), 512)).toThrow(RangeError)
})

test('bytes without padding are refused', () => {
  for (const bytes of [
    new Uint8Array(0),
    new Uint8Array(16),
    Uint8Array.of(1, 2, 3),
    Uint8Array.of(0x80, 1),
  ]) {
    expect(unpad(bytes)).toBeNull()
  }
})
