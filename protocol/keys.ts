/** Keys as the protocol sees them: public halves are bytes, private halves are opaque values of the running platform. */
import { concat } from './encoding.ts'
import { open, randomBytes, seal } from '#primitives'

export type Bytes = Uint8Array

/** What a primitive answers: a promise in browsers, the value itself in Node. Always `await` it. */
export type Maybe<T> = T | Promise<T>

declare const dhPrivate: unique symbol
declare const dhPublic: unique symbol
declare const signPrivate: unique symbol
declare const kemPrivate: unique symbol
declare const sealKey: unique symbol

/** X25519. In browsers a non-extractable CryptoKey, which IndexedDB stores as it is. */
export interface DhPrivateKey {
  readonly [dhPrivate]: true
}

/** X25519, checked and imported once for several agreements: an import costs as much as a derivation. */
export interface DhPublicKey {
  readonly [dhPublic]: true
}

/** Ed25519. In browsers a non-extractable CryptoKey. */
export interface SignPrivateKey {
  readonly [signPrivate]: true
}

/** ML-KEM-768. In browsers a non-extractable CryptoKey, or where there is no native one a 64-byte seed sealed under a KEK. */
export interface KemPrivateKey {
  readonly [kemPrivate]: true
}

/** AES-256-GCM, non-extractable: a KEK, or a key imported for one use. */
export interface SealKey {
  readonly [sealKey]: true
}

export interface KeyPair<P> {
  /** 32 bytes, or 1,184 for ML-KEM-768. */
  readonly publicKey: Bytes
  readonly privateKey: P
}

/** A pair whose private half was also wrapped under a KEK, for a database that cannot store such keys. */
export interface WrappedKeyPair<P> {
  readonly pair: KeyPair<P>
  /** 12 random bytes ‖ AES-256-GCM of pkcs8, or of the 64-byte seed for ML-KEM. */
  readonly wrapped: Bytes
}

/** `wrapped` where the start-up self-test finds that non-extractable keys of a kind cannot be stored. */
export type PrivateKeyMode = 'native' | 'wrapped'

/** Bytes of a nonce drawn at random. */
export const NONCE_BYTES = 12

/** Seals bytes for storage. @returns 12 random bytes ‖ ciphertext ‖ 16-byte tag. */
export async function sealAtRest(kek: SealKey, aad: Bytes, plaintext: Bytes): Promise<Bytes> {
  const nonce = randomBytes(NONCE_BYTES)
  return concat(nonce, await seal(kek, nonce, aad, plaintext))
}

/** @returns null when `sealed` was not made by `sealAtRest` with this key and this `aad`. */
export async function openAtRest(kek: SealKey, aad: Bytes, sealed: Bytes): Promise<Bytes | null> {
  if (sealed.length < NONCE_BYTES) return null
  return open(kek, sealed.subarray(0, NONCE_BYTES), aad, sealed.subarray(NONCE_BYTES))
}

/** Overwrites secrets that are not needed any more. The engine may have copies; the source does not keep one. */
export function wipe(...secrets: readonly Bytes[]): void {
  for (const secret of secrets) secret.fill(0)
}
