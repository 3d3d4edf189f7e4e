/**
 * The primitives of the protocol in Node, for the API, tests and benchmarks: `node:crypto`, synchronous inside.
 *
 * The same names, checks and formats as `primitives.ts`. Private keys are KeyObjects; ML-KEM is the JavaScript one.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomFillSync,
  sign as signSync,
  verify as verifySync,
} from 'node:crypto'
import { concat } from './encoding.ts'
import { KeyError } from './errors.ts'
import { decapsulateWithSeed, type Encapsulated, encapsulateTo, publicKeyOfSeed } from './kemFallback.ts'
import type {
  Bytes,
  DhPrivateKey,
  DhPublicKey,
  KemPrivateKey,
  KeyPair,
  SealKey,
  SignPrivateKey,
  WrappedKeyPair,
} from './keys.ts'
import { KEM_CIPHERTEXT_BYTES, KEM_SEED_BYTES } from './limits.ts'
import { isDhPublicKey, isKemPublicKey, isSignature, isSignPublicKey } from './points.ts'

const TAG_BYTES = 16

export function randomBytes(length: number): Bytes {
  return randomFillSync(new Uint8Array(length))
}

export function sha256(data: Bytes): Bytes {
  return new Uint8Array(createHash('sha256').update(data).digest())
}

/** @see RFC 5869, with SHA-256 */
export function hkdf(ikm: Bytes, salt: Bytes, info: Bytes, length: number): Bytes {
  return new Uint8Array(hkdfSync('sha256', ikm, salt, info, length))
}

// X25519

export function generateDhKeyPair(): KeyPair<DhPrivateKey> {
  return pair(generateKeyPairSync('x25519'))
}

export function generateWrappedDhKeyPair(kek: SealKey, aad: Bytes): WrappedKeyPair<DhPrivateKey> {
  return wrappedPair(generateKeyPairSync('x25519'), kek, aad)
}

/** @throws KeyError when `wrapped` was not made under this key and this `aad`. */
export function unwrapDhKey(kek: SealKey, aad: Bytes, wrapped: Bytes): DhPrivateKey {
  return unwrap(kek, aad, wrapped, 'x25519') as unknown as DhPrivateKey
}

/** @returns null for a public key that is non-canonical or of low order. */
export function importDhPublicKey(publicKey: Bytes): DhPublicKey | null {
  return isDhPublicKey(publicKey) ? (publicKeyOf('X25519', publicKey) as unknown as DhPublicKey) : null
}

/** @returns 32 bytes, or null for a public key that is non-canonical or of low order. */
export function dh(privateKey: DhPrivateKey, publicKey: Bytes | DhPublicKey): Bytes | null {
  const imported = publicKey instanceof Uint8Array ? importDhPublicKey(publicKey) : publicKey
  if (imported === null) return null
  return new Uint8Array(
    diffieHellman({ privateKey: keyObject(privateKey), publicKey: imported as unknown as KeyObject }),
  )
}

// Ed25519

export function generateSignKeyPair(): KeyPair<SignPrivateKey> {
  return pair(generateKeyPairSync('ed25519'))
}

export function generateWrappedSignKeyPair(kek: SealKey, aad: Bytes): WrappedKeyPair<SignPrivateKey> {
  return wrappedPair(generateKeyPairSync('ed25519'), kek, aad)
}

/** @throws KeyError when `wrapped` was not made under this key and this `aad`. */
export function unwrapSignKey(kek: SealKey, aad: Bytes, wrapped: Bytes): SignPrivateKey {
  return unwrap(kek, aad, wrapped, 'ed25519') as unknown as SignPrivateKey
}

export function sign(privateKey: SignPrivateKey, message: Bytes): Bytes {
  return new Uint8Array(signSync(null, message, keyObject(privateKey)))
}

/** False for small-order and non-canonical keys and for S ≥ L, whatever OpenSSL would say. */
export function verifySignature(publicKey: Bytes, message: Bytes, signature: Bytes): boolean {
  if (!isSignPublicKey(publicKey) || !isSignature(signature)) return false
  return verifySync(null, message, publicKeyOf('Ed25519', publicKey), signature)
}

// AES-256-GCM

export function generateKek(): SealKey {
  return importSealKey(randomBytes(32))
}

/** Takes 32 bytes once; seal and open any number of times with what it gives. */
export function importSealKey(key: Bytes): SealKey {
  if (key.length !== 32) throw new KeyError('a seal key has 32 bytes')
  return Uint8Array.from(key) as unknown as SealKey
}

/** @returns ciphertext ‖ 16-byte tag. `nonce` has 12 bytes and is never used twice with one key. */
export function seal(key: SealKey, nonce: Bytes, aad: Bytes, plaintext: Bytes): Bytes {
  const cipher = createCipheriv('aes-256-gcm', key as unknown as Bytes, nonce).setAAD(aad)
  return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
}

/** @returns null unless the whole tag verifies. */
export function open(key: SealKey, nonce: Bytes, aad: Bytes, sealed: Bytes): Bytes | null {
  if (sealed.length < TAG_BYTES || nonce.length === 0) return null
  const end = sealed.length - TAG_BYTES
  const options = { authTagLength: TAG_BYTES }
  const decipher = createDecipheriv('aes-256-gcm', key as unknown as Bytes, nonce, options).setAAD(aad)
  decipher.setAuthTag(sealed.subarray(end))
  try {
    return concat(decipher.update(sealed.subarray(0, end)), decipher.final())
  } catch {
    return null
  }
}

// ML-KEM-768

/** OpenSSL 3.0 has no ML-KEM. */
export function hasNativeKem(): boolean {
  return false
}

export function generateKemKeyPair(): KeyPair<KemPrivateKey> {
  const seed = randomBytes(KEM_SEED_BYTES)
  return { publicKey: publicKeyOfSeed(seed), privateKey: seed as unknown as KemPrivateKey }
}

export function generateWrappedKemKeyPair(kek: SealKey, aad: Bytes): WrappedKeyPair<KemPrivateKey> {
  const made = generateKemKeyPair()
  return { pair: made, wrapped: wrap(kek, aad, made.privateKey as unknown as Bytes) }
}

/** @throws KeyError when `wrapped` was not made under this key and this `aad`. */
export function unwrapKemKey(kek: SealKey, aad: Bytes, wrapped: Bytes): KemPrivateKey {
  const seed = open(kek, wrapped.subarray(0, 12), aad, wrapped.subarray(12))
  if (seed === null || seed.length !== KEM_SEED_BYTES) throw new KeyError('not a seed sealed under this key')
  return seed as unknown as KemPrivateKey
}

/** @returns null for a public key that is not one of ML-KEM-768. */
export function encapsulate(publicKey: Bytes): Encapsulated | null {
  return isKemPublicKey(publicKey) ? encapsulateTo(publicKey) : null
}

/** @returns null for a wrong length only: a wrong ciphertext gives an unpredictable secret (implicit rejection). */
export function decapsulate(privateKey: KemPrivateKey, ciphertext: Bytes): Bytes | null {
  if (ciphertext.length !== KEM_CIPHERTEXT_BYTES) return null
  return decapsulateWithSeed(privateKey as unknown as Bytes, ciphertext)
}

// Key pairs

/** By way of a JWK: OpenSSL 3 takes ten times as long for the same key in DER. */
function publicKeyOf(crv: 'X25519' | 'Ed25519', bytes: Bytes): KeyObject {
  const x = Buffer.from(bytes).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv, x }, format: 'jwk' })
}

interface KeyObjects {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

function pair<P>(made: KeyObjects): KeyPair<P> {
  const { x } = made.publicKey.export({ format: 'jwk' })
  const publicKey = new Uint8Array(Buffer.from(x ?? '', 'base64url'))
  return { publicKey, privateKey: made.privateKey as unknown as P }
}

function wrappedPair<P>(made: KeyObjects, kek: SealKey, aad: Bytes): WrappedKeyPair<P> {
  const pkcs8 = made.privateKey.export({ format: 'der', type: 'pkcs8' })
  return { pair: pair(made), wrapped: wrap(kek, aad, pkcs8) }
}

function wrap(kek: SealKey, aad: Bytes, secret: Bytes): Bytes {
  const nonce = randomBytes(12)
  return concat(nonce, seal(kek, nonce, aad, secret))
}

function unwrap(kek: SealKey, aad: Bytes, wrapped: Bytes, kind: 'x25519' | 'ed25519'): KeyObject {
  const pkcs8 = open(kek, wrapped.subarray(0, 12), aad, wrapped.subarray(12))
  if (pkcs8 === null) throw new KeyError('not a key wrapped under this key')
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  if (key.asymmetricKeyType !== kind) throw new KeyError('a key of another kind')
  return key
}

function keyObject(key: DhPrivateKey | SignPrivateKey): KeyObject {
  return key as unknown as KeyObject
}
