/**
 * The primitives of the protocol in browsers: WebCrypto, and JavaScript only for ML-KEM where there is no native one.
 *
 * Private keys are made non-extractable and their bytes never reach JavaScript. Every public key is checked by
 * `points.ts` before the engine sees it. `primitives.node.ts` offers the same names, synchronously.
 */
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
import type { AesGcm, KeyFormat, KeyPairName, Subtle, Usage, WebKey, WebKeyPair } from './subtle.ts'

const subtle = crypto.subtle as unknown as Subtle

const X25519 = { name: 'X25519' } as const
const ML_KEM = { name: 'ML-KEM-768' } as const
const ALL_KEM: readonly Usage[] = ['encapsulateBits', 'decapsulateBits']
const NO_BYTES = new Uint8Array(0)

export function randomBytes(length: number): Bytes {
  const bytes = new Uint8Array(length)
  crypto.getRandomValues(bytes)
  return bytes
}

export async function sha256(data: Bytes): Promise<Bytes> {
  return new Uint8Array(await subtle.digest('SHA-256', data))
}

/** @see RFC 5869, with SHA-256 */
export async function hkdf(ikm: Bytes, salt: Bytes, info: Bytes, length: number): Promise<Bytes> {
  const key = await subtle.importKey('raw', ikm, { name: 'HKDF' }, false, ['deriveBits'])
  return new Uint8Array(
    await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, key, length * 8),
  )
}

// X25519

export async function generateDhKeyPair(): Promise<KeyPair<DhPrivateKey>> {
  return rawPair(await subtle.generateKey(X25519, false, ['deriveBits']), 'raw')
}

export function generateWrappedDhKeyPair(kek: SealKey, aad: Bytes): Promise<WrappedKeyPair<DhPrivateKey>> {
  return generateWrapped('X25519', ['deriveBits'], kek, aad)
}

/** @throws KeyError when `wrapped` was not made under this key and this `aad`. */
export function unwrapDhKey(kek: SealKey, aad: Bytes, wrapped: Bytes): Promise<DhPrivateKey> {
  return unwrap<DhPrivateKey>('pkcs8', 'X25519', ['deriveBits'], kek, aad, wrapped)
}

/** @returns null for a public key that is non-canonical or of low order. */
export async function importDhPublicKey(publicKey: Bytes): Promise<DhPublicKey | null> {
  if (!isDhPublicKey(publicKey)) return null
  return (await subtle.importKey('raw', publicKey, X25519, true, [])) as unknown as DhPublicKey
}

/** @returns 32 bytes, or null for a public key that is non-canonical or of low order. */
export async function dh(privateKey: DhPrivateKey, publicKey: Bytes | DhPublicKey): Promise<Bytes | null> {
  const imported = publicKey instanceof Uint8Array ? await importDhPublicKey(publicKey) : publicKey
  if (imported === null) return null
  const algorithm = { name: 'X25519', public: webKey(imported) } as const
  return new Uint8Array(await subtle.deriveBits(algorithm, webKey(privateKey), 256))
}

// Ed25519

export async function generateSignKeyPair(): Promise<KeyPair<SignPrivateKey>> {
  return rawPair(await subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify']), 'raw')
}

export function generateWrappedSignKeyPair(
  kek: SealKey,
  aad: Bytes,
): Promise<WrappedKeyPair<SignPrivateKey>> {
  return generateWrapped('Ed25519', ['sign', 'verify'], kek, aad)
}

/** @throws KeyError when `wrapped` was not made under this key and this `aad`. */
export function unwrapSignKey(kek: SealKey, aad: Bytes, wrapped: Bytes): Promise<SignPrivateKey> {
  return unwrap('pkcs8', 'Ed25519', ['sign'], kek, aad, wrapped)
}

export async function sign(privateKey: SignPrivateKey, message: Bytes): Promise<Bytes> {
  return new Uint8Array(await subtle.sign('Ed25519', webKey(privateKey), message))
}

/** False for small-order and non-canonical keys and for S ≥ L, whatever the engine would say. */
export async function verifySignature(publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  if (!isSignPublicKey(publicKey) || !isSignature(signature)) return false
  try {
    const key = await subtle.importKey('raw', publicKey, { name: 'Ed25519' }, true, ['verify'])
    return await subtle.verify('Ed25519', key, signature, message)
  } catch {
    return false
  }
}

// AES-256-GCM

const KEK_USAGES: readonly Usage[] = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']

export async function generateKek(): Promise<SealKey> {
  const kek = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, KEK_USAGES)
  return kek as unknown as SealKey
}

/** Takes 32 bytes once; seal and open any number of times with what it gives. */
export async function importSealKey(key: Bytes): Promise<SealKey> {
  if (key.length !== 32) throw new KeyError('a seal key has 32 bytes')
  const imported = await subtle.importKey('raw', key, { name: 'AES-GCM' }, false, ['encrypt', 'decrypt'])
  return imported as unknown as SealKey
}

/** @returns ciphertext ‖ 16-byte tag. `nonce` has 12 bytes and is never used twice with one key. */
export async function seal(key: SealKey, nonce: Bytes, aad: Bytes, plaintext: Bytes): Promise<Bytes> {
  return new Uint8Array(await subtle.encrypt(aesGcm(nonce, aad), webKey(key), plaintext))
}

/** @returns null unless the whole tag verifies. */
export async function open(key: SealKey, nonce: Bytes, aad: Bytes, sealed: Bytes): Promise<Bytes | null> {
  try {
    return new Uint8Array(await subtle.decrypt(aesGcm(nonce, aad), webKey(key), sealed))
  } catch {
    return null
  }
}

// ML-KEM-768

/** What a KemPrivateKey is where the engine has no ML-KEM. */
interface SealedSeed {
  readonly kek: SealKey
  readonly aad: Bytes
  readonly sealed: Bytes
}

let nativeKem: Promise<boolean> | null = null

/** Whether this engine has ML-KEM-768; asked once. */
export function hasNativeKem(): Promise<boolean> {
  nativeKem ??= Promise.resolve()
    .then(() => subtle.generateKey(ML_KEM, false, ALL_KEM))
    .then(
      () => true,
      () => false,
    )
  return nativeKem
}

export async function generateKemKeyPair(): Promise<KeyPair<KemPrivateKey>> {
  if (await hasNativeKem()) return rawPair(await subtle.generateKey(ML_KEM, false, ALL_KEM), 'raw-public')
  return (await generateWrappedKemKeyPair(await generateKek(), NO_BYTES)).pair
}

export async function generateWrappedKemKeyPair(
  kek: SealKey,
  aad: Bytes,
): Promise<WrappedKeyPair<KemPrivateKey>> {
  const seed = randomBytes(KEM_SEED_BYTES)
  const nonce = randomBytes(12)
  const publicKey = publicKeyOfSeed(seed)
  const wrapped = concat(nonce, await seal(kek, nonce, aad, seed))
  seed.fill(0)
  return { pair: { publicKey, privateKey: await unwrapKemKey(kek, aad, wrapped) }, wrapped }
}

/** @throws KeyError when `wrapped` was not made under this key and this `aad`. */
export async function unwrapKemKey(kek: SealKey, aad: Bytes, wrapped: Bytes): Promise<KemPrivateKey> {
  if (await hasNativeKem()) return unwrap('raw-seed', 'ML-KEM-768', ['decapsulateBits'], kek, aad, wrapped)
  const key: SealedSeed = { kek, aad, sealed: wrapped }
  await withSeed(key, () => null)
  return key as unknown as KemPrivateKey
}

/** @returns null for a public key that is not one of ML-KEM-768. */
export async function encapsulate(publicKey: Bytes): Promise<Encapsulated | null> {
  if (!isKemPublicKey(publicKey)) return null
  if (!(await hasNativeKem())) return encapsulateTo(publicKey)
  try {
    const key = await subtle.importKey('raw-public', publicKey, ML_KEM, true, ['encapsulateBits'])
    const { ciphertext, sharedKey } = await subtle.encapsulateBits(ML_KEM, key)
    return { ciphertext: new Uint8Array(ciphertext), secret: new Uint8Array(sharedKey) }
  } catch {
    return null
  }
}

/** @returns null for a wrong length only: a wrong ciphertext gives an unpredictable secret (implicit rejection). */
export async function decapsulate(privateKey: KemPrivateKey, ciphertext: Bytes): Promise<Bytes | null> {
  if (ciphertext.length !== KEM_CIPHERTEXT_BYTES) return null
  if (isSealedSeed(privateKey)) return withSeed(privateKey, (seed) => decapsulateWithSeed(seed, ciphertext))
  return new Uint8Array(await subtle.decapsulateBits(ML_KEM, webKey(privateKey), ciphertext))
}

async function withSeed<T>(key: SealedSeed, use: (seed: Bytes) => T): Promise<T> {
  const seed = await open(key.kek, key.sealed.subarray(0, 12), key.aad, key.sealed.subarray(12))
  if (seed === null || seed.length !== KEM_SEED_BYTES) throw new KeyError('not a seed sealed under this key')
  try {
    return use(seed)
  } finally {
    seed.fill(0)
  }
}

function isSealedSeed(key: object): key is SealedSeed {
  return 'sealed' in key
}

// Key pairs

async function rawPair<P>(pair: WebKeyPair, format: KeyFormat): Promise<KeyPair<P>> {
  const publicKey = new Uint8Array(await subtle.exportKey(format, pair.publicKey))
  return { publicKey, privateKey: pair.privateKey as unknown as P }
}

async function generateWrapped<P>(
  name: KeyPairName,
  usages: readonly Usage[],
  kek: SealKey,
  aad: Bytes,
): Promise<WrappedKeyPair<P>> {
  const made = await subtle.generateKey({ name }, true, usages)
  const nonce = randomBytes(12)
  const pkcs8 = await subtle.wrapKey('pkcs8', made.privateKey, webKey(kek), aesGcm(nonce, aad))
  const wrapped = concat(nonce, new Uint8Array(pkcs8))
  const privateUsages = usages.filter((usage) => usage !== 'verify')
  const privateKey = await unwrap<P>('pkcs8', name, privateUsages, kek, aad, wrapped)
  return {
    pair: { publicKey: new Uint8Array(await subtle.exportKey('raw', made.publicKey)), privateKey },
    wrapped,
  }
}

async function unwrap<P>(
  format: KeyFormat,
  name: KeyPairName,
  usages: readonly Usage[],
  kek: SealKey,
  aad: Bytes,
  wrapped: Bytes,
): Promise<P> {
  const algorithm = aesGcm(wrapped.subarray(0, 12), aad)
  try {
    const bytes = wrapped.subarray(12)
    const key = await subtle.unwrapKey(format, bytes, webKey(kek), algorithm, { name }, false, usages)
    return key as unknown as P
  } catch {
    throw new KeyError('not a key wrapped under this key')
  }
}

function aesGcm(iv: Bytes, additionalData: Bytes): AesGcm {
  return { name: 'AES-GCM', iv, additionalData }
}

function webKey(key: DhPrivateKey | DhPublicKey | SignPrivateKey | KemPrivateKey | SealKey): WebKey {
  return key as unknown as WebKey
}
