/**
 * The SafetyNumber that two Persons compare in person. SPEC, section "Safety number".
 *
 * The digits are the proof: 30 for each Account, so that who wants to stand between has to meet about 2¹⁰⁰ in each half.
 * The words cover both Accounts at once and are a quick look only: 44 bits.
 */
import { compareBytes, concat, utf8 } from './encoding.ts'
import type { Bytes } from './keys.ts'
import { hkdf } from '#primitives'

export interface SafetyNumber {
  /** 60 decimal digits. */
  readonly digits: string
  /** Four numbers from 0 to 2,047, places in the word list of the reader's language. */
  readonly words: readonly number[]
}

const NO_SALT = new Uint8Array(32)
const DIGITS_INFO = utf8('plasma/1/safety-digits')
const WORDS_INFO = utf8('plasma/1/safety-words')

/** The same for both sides, whichever Account comes first. */
export async function safetyNumber(accountA: Bytes, accountB: Bytes): Promise<SafetyNumber> {
  const [first, second] = compareBytes(accountA, accountB) <= 0 ? [accountA, accountB] : [accountB, accountA]
  const words = await hkdf(concat(first, second), NO_SALT, WORDS_INFO, 8)
  return {
    digits: (await digitsOf(first)) + (await digitsOf(second)),
    words: [0, 2, 4, 6].map((at) => numberAt(words, at, 2) % 2048),
  }
}

/** Six groups of five digits, each from five bytes: the remainder is even to one part in ten million. */
async function digitsOf(accountId: Bytes): Promise<string> {
  const bytes = await hkdf(accountId, NO_SALT, DIGITS_INFO, 30)
  const groups = [0, 5, 10, 15, 20, 25].map((at) => numberAt(bytes, at, 5) % 100_000)
  return groups.map((group) => String(group).padStart(5, '0')).join('')
}

function numberAt(bytes: Bytes, at: number, length: number): number {
  return bytes.subarray(at, at + length).reduce((number, byte) => number * 256 + byte, 0)
}
