/**
 * ML-KEM-768 in JavaScript, for engines without a native one.
 *
 * A private key is its 64-byte seed. It is expanded for one decapsulation and wiped at once; the timing of JavaScript
 * is not constant, which is why the native one is used wherever it exists.
 * @see FIPS 203, parameter set ML-KEM-768
 */
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import type { Bytes } from './keys.ts'
import { KEM_CIPHERTEXT_BYTES } from './limits.ts'

export interface Encapsulated {
  /** 1,088 bytes, for the owner of the key. */
  readonly ciphertext: Bytes
  /** 32 bytes. */
  readonly secret: Bytes
}

/** The public key, 1,184 bytes, of a seed of 64 bytes (d ‖ z). */
export function publicKeyOfSeed(seed: Bytes): Bytes {
  const { publicKey, secretKey } = ml_kem768.keygen(seed)
  secretKey.fill(0)
  return publicKey
}

/**
 * @param message - 32 bytes of randomness, given by tests only.
 * @returns null for a key that fails the length or modulus check of FIPS 203, section 7.2.
 */
export function encapsulateTo(publicKey: Bytes, message?: Bytes): Encapsulated | null {
  try {
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, message)
    return { ciphertext: cipherText, secret: sharedSecret }
  } catch {
    return null
  }
}

/** @returns null for a wrong length only: a wrong ciphertext gives an unpredictable secret (implicit rejection). */
export function decapsulateWithSeed(seed: Bytes, ciphertext: Bytes): Bytes | null {
  if (ciphertext.length !== KEM_CIPHERTEXT_BYTES) return null
  const { secretKey } = ml_kem768.keygen(seed)
  try {
    return ml_kem768.decapsulate(ciphertext, secretKey)
  } finally {
    secretKey.fill(0)
  }
}
