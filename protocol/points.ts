/**
 * Which public keys and signatures are looked at at all, the same in every browser and in Node.
 *
 * Engines differ here: Node takes non-canonical X25519 encodings, and Chromium, Firefox and Node take the Ed25519
 * identity point as a key whose one signature fits every message. A chain must not verify in one and fail in another.
 */
import type { Bytes } from './keys.ts'
import { KEM_PUBLIC_BYTES } from './limits.ts'

/** 2²⁵⁵ − 19, and the order of the base point. */
const P = 2n ** 255n - 19n
const L = 2n ** 252n + 27742317777372353535851937790883648493n

/** The modulus of ML-KEM. */
const Q = 3329

/** The u coordinates below p whose X25519 result is zero for every private key (RFC 7748, section 6.1). */
const LOW_ORDER_U: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  P - 1n,
])

/** The y coordinates below p of the eight Ed25519 points whose order divides 8. */
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  P - 1n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  55188659117513257062467267217118295137698188065244968500265048394206261417927n,
])

/** True for a canonical encoding of a point that is not of low order. */
export function isDhPublicKey(bytes: Bytes): boolean {
  if (bytes.length !== 32) return false
  const u = littleEndian(bytes)
  return u < P && !LOW_ORDER_U.has(u)
}

/** True for an encoding with y below p, of a point that is not of small order. Whether x exists is left to `verify`. */
export function isSignPublicKey(bytes: Bytes): boolean {
  if (bytes.length !== 32) return false
  const y = littleEndian(bytes) & (2n ** 255n - 1n)
  return y < P && !SMALL_ORDER_Y.has(y)
}

/** True for 64 bytes whose S is below L, so that nobody can make a second signature out of one (RFC 8032, section 5.1.7). */
export function isSignature(bytes: Bytes): boolean {
  return bytes.length === 64 && littleEndian(bytes.subarray(32)) < L
}

/** True for an ML-KEM-768 key whose 768 coefficients, of 12 bits each, are all below q (FIPS 203, section 7.2). */
export function isKemPublicKey(bytes: Bytes): boolean {
  if (bytes.length !== KEM_PUBLIC_BYTES) return false
  for (let at = 0; at < KEM_PUBLIC_BYTES - 32; at += 3) {
    const [low = 0, middle = 0, high = 0] = bytes.subarray(at, at + 3)
    if ((low | ((middle & 15) << 8)) >= Q || ((middle >> 4) | (high << 4)) >= Q) return false
  }
  return true
}

function littleEndian(bytes: Bytes): bigint {
  const words = new DataView(bytes.buffer, bytes.byteOffset, 32)
  const word = (i: number): bigint => words.getBigUint64(i * 8, true) << BigInt(i * 64)
  return word(0) | word(1) | word(2) | word(3)
}
