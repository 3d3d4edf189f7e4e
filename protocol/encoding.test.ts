import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CborValue,
  compareBytes,
  concat,
  decode,
  encode,
  EncodingError,
  equalBytes,
  fromBase64url,
  toBase64url,
  tryDecode,
} from './encoding.ts'
import { MAX_ENCODED_BYTES, MAX_ENCODED_DEPTH, MAX_ENCODED_ITEMS } from './limits.ts'
import { flipBit } from './testing.ts'

const values = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string(),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 5 }),
  ),
})).value

describe('one value has one encoding', () => {
  test('what was encoded decodes to the same value', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(encode(value))).toEqual(value)
      }),
    )
  })

  test.each(['\u{feff}', '\u{feff}hello', '\u{feff}'.repeat(20)])(
    'text that begins with a byte order mark keeps it: %j',
    (text) => {
      expect(decode(encode([text]))).toEqual([text])
    },
  )

  test('whatever decodes at all encodes to the same bytes', () => {
    const nearMisses = fc
      .tuple(values, fc.nat({ max: 400 }))
      .map(([value, bit]) => flipBit(encode(value), bit))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 24 }), nearMisses), (bytes) => {
        const value = tryDecode(bytes)
        expect(value === undefined || equalBytes(encode(value), bytes)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['a number in more bytes than it needs', '1801'],
    ['a length in more bytes than it needs', '580101'],
    ['a length in eight bytes', '5b000000000000000101'],
    ['an array of indefinite length', '9f01ff'],
    ['bytes of indefinite length', '5f4101ff'],
    ['text of indefinite length', '7f6161ff'],
    ['a break', 'ff'],
    ['a map', 'a16161f6'],
    ['a map with a key twice', 'a2616101616102'],
    ['a tag', 'c101'],
    ['a half-precision float', 'f93c00'],
    ['a whole number as a float', 'fb3ff0000000000000'],
    ['not a number', 'f97e00'],
    ['infinity', 'f97c00'],
    ['undefined', 'f7'],
    ['an unassigned simple value', 'e0'],
    ['false in two bytes', 'f814'],
    ['a number above 2^53', '1b0020000000000000'],
    ['a number below -2^53', '3b0020000000000000'],
    ['text that is not UTF-8', '61ff'],
    ['text with a surrogate', '63eda080'],
    ['a byte after the value', '0100'],
    ['nothing', ''],
    ['an array that ends early', '8201'],
    ['bytes that end early', '4401'],
    ['a head that ends early', '19'],
    ['a length of 2^64 - 1', '5bffffffffffffffff'],
    ['an array of 2^32 - 1 values', '9affffffff'],
  ])('%s is refused', (_, hex) => {
    expect(() => decode(Uint8Array.from(Buffer.from(hex, 'hex')))).toThrow(EncodingError)
  })

  test.each([[1.5], [Number.NaN], [Number.POSITIVE_INFINITY], [-0], [2 ** 53]])(
    '%s has no encoding',
    (number) => {
      expect(() => encode([number])).toThrow(EncodingError)
    },
  )
})

describe('limits hold before anything is built', () => {
  test('depth', () => {
    const nested = (depth: number) =>
      Uint8Array.from({ length: depth + 1 }, (_, i) => (i < depth ? 0x81 : 0x80))
    expect(() => decode(nested(MAX_ENCODED_DEPTH))).toThrow(EncodingError)
    expect(tryDecode(nested(MAX_ENCODED_DEPTH - 1))).toBeDefined()
    expect(() => decode(nested(60_000))).toThrow(EncodingError)
  })

  test('number of values', () => {
    const flat = (length: number) => encode(Array.from({ length }, () => 0))
    expect(tryDecode(flat(MAX_ENCODED_ITEMS - 1))).toBeDefined()
    expect(() => decode(flat(MAX_ENCODED_ITEMS))).toThrow(EncodingError)
    expect(() => decode(flat(3), { maxItems: 3 })).toThrow(EncodingError)
  })

  test('length', () => {
    expect(decode(encode('x'.repeat(MAX_ENCODED_BYTES - 3)))).toHaveLength(MAX_ENCODED_BYTES - 3)
    expect(() => decode(encode('x'.repeat(MAX_ENCODED_BYTES - 2)))).toThrow(EncodingError)
    expect(() => decode(encode('four'), { maxBytes: 4 })).toThrow(EncodingError)
  })
})

describe('base64url', () => {
  test('goes both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(fromBase64url(toBase64url(bytes))).toEqual(bytes)
        expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
      }),
    )
  })

  test('has one spelling of each value', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('A', 'B', 'Q', 'g', 'w', '_', '-', '+', '/', '=', ' ') }),
        (text) => {
          const bytes = fromBase64url(text)
          expect(bytes === null || toBase64url(bytes) === text).toBe(true)
        },
      ),
    )
  })

  test.each(['A', 'AB', 'AAB', 'AA==', 'AA=', ' AA', 'A A', 'AA\n', '+AAA', '/AAA', 'ÀAA', '\u{1F600}'])(
    '%j is refused',
    (text) => {
      expect(fromBase64url(text)).toBeNull()
    },
  )
})

test('bytes are ordered byte by byte, then by length', () => {
  const sorted = [[], [0], [0, 0], [0, 1], [1], [255]].map((bytes) => Uint8Array.from(bytes))
  for (const [i, a] of sorted.entries()) {
    for (const [j, b] of sorted.entries()) expect(Math.sign(compareBytes(a, b))).toBe(Math.sign(i - j))
  }
  expect(concat(...sorted)).toEqual(Uint8Array.of(0, 0, 0, 0, 1, 1, 255))
})
