import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  makeContact,
  makeEntries,
  makeProfile,
  makeReceipt,
  makeRetry,
  makeText,
  parseContact,
  parseEntries,
  parseProfile,
  parseReceipt,
  parseRetry,
  parseText,
} from './bodies.ts'
import type { CborValue } from './encoding.ts'
import { concat, decode, encode } from './encoding.ts'
import type { MessageContent } from './message.ts'
import { encodeContent, parseContent } from './message.ts'

const id = (fill: number) => new Uint8Array(16).fill(fill)
const head = { seq: 3, hash: new Uint8Array(32).fill(7) }
const content: MessageContent = {
  version: 1,
  type: 'text',
  messageId: id(1),
  sentMs: 1_790_000_000_000,
  heads: { own: head, peer: null },
  body: makeText({ conversationId: null, text: 'привет' }),
}

test('a frame comes back as it was', () => {
  expect(parseContent(encodeContent(content))).toEqual(content)
  const both = { ...content, heads: { own: head, peer: head } }
  expect(parseContent(encodeContent(both))).toEqual(both)
})

test('a type or version of a later release is kept whole', () => {
  const fields = decode(encodeContent(content)) as readonly CborValue[]
  const laterType = encode([1, 99, ...fields.slice(2)])
  expect(parseContent(laterType)).toMatchObject({ type: 'unknown', version: 1, number: 99, frame: laterType })
  const laterVersion = encode([2, 1, id(1), 5, 'anything', 'else', 'and more'])
  expect(parseContent(laterVersion)).toMatchObject({
    type: 'unknown',
    version: 2,
    heads: null,
    frame: laterVersion,
  })
})

test('bytes that are no frame are refused', () => {
  const frame = encodeContent(content)
  const fields = decode(frame) as readonly CborValue[]
  const wrong: readonly CborValue[] = [
    null,
    [],
    fields.slice(0, 5),
    [...fields, null],
    [0, ...fields.slice(1)],
    [1, 1, id(1).subarray(1), ...fields.slice(3)],
    [1, 1, id(1), -1, ...fields.slice(4)],
    [1, 1, id(1), 5, [null, null], null],
    [1, 1, id(1), 5, [[128, head.hash], null], null],
  ]
  for (const value of wrong) expect(parseContent(encode(value))).toBeNull()
  expect(parseContent(concat(frame, Uint8Array.of(0)))).toBeNull()
  expect(parseContent(frame.subarray(0, -1))).toBeNull()
})

test('a frame of a moment that no date can name is refused, whatever its version and type', () => {
  const fields = decode(encodeContent(content)) as readonly CborValue[]
  const at = (sentMs: number) =>
    [fields, [2, ...fields.slice(1)], [1, 99, ...fields.slice(2)]].map((frame) =>
      parseContent(encode([...frame.slice(0, 3), sentMs, ...frame.slice(4)])),
    )
  const last = 8_640_000_000_000_000
  expect(Number.isNaN(new Date(last).getTime())).toBe(false)
  expect(at(last).map((frame) => frame?.sentMs)).toEqual([last, last, last])
  expect(at(last + 1)).toEqual([null, null, null])
})

test('any bytes are either a frame or refused, and never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const parsed = parseContent(bytes)
      expect(parsed === null || parsed.messageId.length === 16).toBe(true)
    }),
  )
})

test('every body comes back as it was', () => {
  const entry = { body: new Uint8Array(40), signature: new Uint8Array(64) }
  const text = { conversationId: id(2), text: 'hi' }
  const freshness = { body: new Uint8Array(100), signature: new Uint8Array(64) }
  const receipt = { delivered: [id(1), id(2)], read: [id(1)], freshness }
  const contact = { account: null, capability: new Uint8Array(32), accepted: true }
  const profile = { name: 'Alice', avatar: null }
  const entries = { entries: [entry, { ...entry, coSignature: new Uint8Array(64) }] }
  const retry = { envelopeId: id(1), sid: id(2), n: 7, reason: 'used_key', head } as const
  expect(parseText(makeText(text))).toEqual(text)
  expect(parseReceipt(makeReceipt(receipt))).toEqual(receipt)
  expect(parseContact(makeContact(contact))).toEqual(contact)
  expect(parseProfile(makeProfile(profile))).toEqual(profile)
  expect(parseEntries(makeEntries(entries))).toEqual(entries)
  expect(parseRetry(makeRetry(retry))).toEqual(retry)
})

test('a body of the wrong shape is refused by every parser', () => {
  const many = Array.from({ length: 257 }, () => id(1))
  const wrong: readonly CborValue[] = [
    null,
    1,
    'text',
    [],
    [null],
    [1, 1],
    [1, 1, 1],
    [id(1), id(1), -1, 9, 1],
    [many, [], null],
  ]
  for (const parse of [parseText, parseReceipt, parseContact, parseProfile, parseRetry]) {
    for (const value of wrong) expect(parse(value)).toBeNull()
  }
  const entries: readonly CborValue[] = [
    null,
    [null],
    [[id(1), id(1), null]],
    [[id(1), new Uint8Array(64), id(1)]],
  ]
  for (const value of entries) expect(parseEntries(value)).toBeNull()
  expect(parseText([null, ''])).toBeNull()
  expect(parseProfile(['x'.repeat(81), null])).toBeNull()
  expect(parseRetry([id(1), id(2), 7, 6, [3, head.hash]])).toBeNull()
})
