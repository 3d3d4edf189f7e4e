import { expect, test } from 'vitest'
import { EncodingError, encode } from './encoding.ts'
import { MAX_SKIPPED_KEYS } from './limits.ts'
import type { SkippedKey } from './skipped.ts'
import {
  NO_SKIPPED_KEYS,
  addSkipped,
  decodeSkippedKey,
  diffSkipped,
  encodeSkippedKey,
  expireSkipped,
  takeSkipped,
} from './skipped.ts'

function key(n: number, storedHour = 100): SkippedKey {
  const [sid, dhPub] = [new Uint8Array(16), new Uint8Array(32)]
  return { sid, dhPub, n, messageKey: new Uint8Array(32).fill(n), storedHour }
}

test('a key is taken once', () => {
  const keys = addSkipped(NO_SKIPPED_KEYS, [key(1), key(2)])
  const taken = takeSkipped(keys, key(1))
  expect(taken?.key.n).toBe(1)
  expect(taken?.rest.entries.map(({ n }) => n)).toEqual([2])
  expect(taken && takeSkipped(taken.rest, key(1))).toBeNull()
  expect(keys.entries).toHaveLength(2)
})

test('a key of another session, chain or number is not there', () => {
  const keys = addSkipped(NO_SKIPPED_KEYS, [key(1)])
  const places = [
    { ...key(1), n: 2 },
    { ...key(1), sid: new Uint8Array(16).fill(1) },
    { ...key(1), dhPub: new Uint8Array(32).fill(1) },
  ]
  for (const place of places) expect(takeSkipped(keys, place)).toBeNull()
})

test('over the limit the oldest keys leave, and the difference names them', () => {
  const full = addSkipped(
    NO_SKIPPED_KEYS,
    Array.from({ length: MAX_SKIPPED_KEYS }, (_, n) => key(n)),
  )
  const over = addSkipped(full, [key(MAX_SKIPPED_KEYS)])
  expect(over.entries).toHaveLength(MAX_SKIPPED_KEYS)
  const changes = diffSkipped(full, over)
  expect(changes.added.map(({ n }) => n)).toEqual([MAX_SKIPPED_KEYS])
  expect(changes.removed.map(({ n }) => n)).toEqual([0])
})

test('keys stored before an hour expire', () => {
  const keys = addSkipped(NO_SKIPPED_KEYS, [key(1, 99), key(2, 100)])
  expect(expireSkipped(keys, 100).entries.map(({ n }) => n)).toEqual([2])
})

test('a row comes back as it was, and one that is something else is refused', () => {
  expect(decodeSkippedKey(encodeSkippedKey(key(7)))).toEqual(key(7))
  expect(() => decodeSkippedKey(encode([1]))).toThrow(TypeError)
  expect(() => decodeSkippedKey(encodeSkippedKey(key(7)).subarray(1))).toThrow(EncodingError)
})
