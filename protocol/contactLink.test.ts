import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ContactLink,
  deriveLink,
  encodeContactLink,
  makeLinkSecret,
  parseContactLink,
} from './contactLink.ts'
import { fromBase64url, toBase64url } from './encoding.ts'
import { flipBit, hashOf } from './testing.ts'

const links = fc.record<ContactLink>({
  kind: fc.constantFrom('long_lived', 'one_time'),
  secret: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  accountId: fc.uint8Array({ minLength: 32, maxLength: 32 }),
})

const link: ContactLink = {
  kind: 'one_time',
  secret: new Uint8Array(16).fill(1),
  accountId: new Uint8Array(32).fill(2),
}
const ORIGIN = 'https://messenger.example'
const url = encodeContactLink(ORIGIN, link)
const fragment = url.slice(`${ORIGIN}/c#`.length)

describe('a ContactLink', () => {
  test('is an address whose fragment has 67 characters', () => {
    fc.assert(
      fc.property(links, (made) => {
        const address = new URL(encodeContactLink(ORIGIN, made))
        expect(address.pathname).toBe('/c')
        expect(address.hash).toHaveLength(1 + 67)
        expect(parseContactLink(address.href)).toEqual({ ok: true, link: made })
      }),
    )
  })

  test.each([
    ['the address', url],
    ['the address of another installation', url.replace('messenger.example', 'other.example:8443')],
    ['the fragment', `#${fragment}`],
    ['the fragment without its sign', fragment],
    ['the path and fragment', `/c#${fragment}`],
    ['text with white space around it', `\n  ${url}\t\r\n`],
    ['text that a mail program broke over lines', `${url.slice(0, 50)}\r\n ${url.slice(50)}`],
  ])('is read from %s', (_, text) => {
    expect(parseContactLink(text)).toEqual({ ok: true, link })
  })

  test.each([
    ['nothing', ''],
    ['words', 'hello, this is not a link'],
    ['an address without a fragment', 'https://messenger.example/c'],
    ['an address of another page', `https://messenger.example/other#${fragment}`],
    ['an address with a fragment of words', 'https://messenger.example/c#not a link!'],
    ['a link with something after it', `${url}?x=1`],
    ['an empty fragment', 'https://messenger.example/c#'],
  ])('is not %s', (_, text) => {
    expect(parseContactLink(text)).toEqual({ ok: false, failure: 'not_a_link' })
  })

  test('cut or lengthened by a character is malformed', () => {
    expect(parseContactLink(url.slice(0, -1))).toMatchObject({ ok: false, failure: 'malformed' })
    expect(parseContactLink(`${url}A`)).toMatchObject({ ok: false, failure: 'malformed' })
  })

  test('with an unused bit set is malformed', () => {
    const last = fragment.at(-1) ?? ''
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const sibling = alphabet[alphabet.indexOf(last) + 1] ?? ''
    expect(parseContactLink(`#${fragment.slice(0, -1)}${sibling}`)).toMatchObject({ failure: 'malformed' })
  })

  test('of a later version asks for an update, whatever its length', () => {
    const later = fromBase64url(fragment) ?? new Uint8Array()
    later[0] = 2
    expect(parseContactLink(`#${toBase64url(later)}`)).toMatchObject({ failure: 'unknown_version' })
    expect(parseContactLink(`#${toBase64url(Uint8Array.of(...later, 1, 2))}`)).toMatchObject({
      failure: 'unknown_version',
    })
  })

  test('of version 0 or with unknown flags is malformed', () => {
    for (const [index, value] of [
      [0, 0],
      [1, 2],
      [1, 128],
    ] as const) {
      const bytes = fromBase64url(fragment) ?? new Uint8Array()
      bytes[index] = value
      expect(parseContactLink(`#${toBase64url(bytes)}`)).toMatchObject({ failure: 'malformed' })
    }
  })

  test('is read from any text without an exception', () => {
    const prefixes = fc.constantFrom('', '#', '/c#', `${ORIGIN}/c#`)
    fc.assert(
      fc.property(prefixes, fc.string(), (prefix, text) => {
        expect(parseContactLink(prefix + text)).toMatchObject({ ok: false })
      }),
    )
  })
})

describe('what follows from a secret', () => {
  test('differs in every part, and shows the API neither secret nor proof', async () => {
    const { secret } = makeLinkSecret('one_time')
    const keys = await deriveLink(secret, 'one_time')
    const parts = [secret, keys.lookup, keys.auth, keys.authHash, keys.linkId[1], keys.psk ?? secret]
    const starts = parts.map((part) => toBase64url(part.slice(0, 16)))
    expect(new Set(starts).size).toBe(parts.length)
    expect(parts.map((part) => part.length)).toEqual([16, 16, 32, 32, 16, 32])
    expect(keys.authHash).toEqual(await hashOf(keys.auth))
  })

  test('is the same for the one who made the link and the one who reads it', async () => {
    const made = await deriveLink(link.secret, link.kind)
    const parsed = parseContactLink(url)
    const read = parsed.ok ? await deriveLink(parsed.link.secret, parsed.link.kind) : null
    expect(read).toMatchObject({ lookup: made.lookup, auth: made.auth, linkId: made.linkId, psk: made.psk })
  })

  test('has a psk exactly when the link is one-time', async () => {
    expect((await deriveLink(link.secret, 'one_time')).psk).toHaveLength(32)
    expect((await deriveLink(link.secret, 'one_time')).linkId[0]).toBe(1)
    expect((await deriveLink(link.secret, 'long_lived')).psk).toBeNull()
    expect((await deriveLink(link.secret, 'long_lived')).linkId[0]).toBe(0)
  })

  test('changes altogether with one bit of the secret', async () => {
    const one = await deriveLink(link.secret, 'one_time')
    const other = await deriveLink(flipBit(link.secret, 0), 'one_time')
    expect(other.lookup).not.toEqual(one.lookup)
    expect(other.psk).not.toEqual(one.psk)
  })
})
