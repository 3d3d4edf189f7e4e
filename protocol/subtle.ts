/** The part of WebCrypto that `primitives.ts` uses, ML-KEM included, which no published typing has yet. */
import type { Bytes } from './keys.ts'

/** An opaque CryptoKey. */
export interface WebKey {
  readonly extractable: boolean
}

export interface WebKeyPair {
  readonly publicKey: WebKey
  readonly privateKey: WebKey
}

export type Usage =
  | 'encrypt'
  | 'decrypt'
  | 'wrapKey'
  | 'unwrapKey'
  | 'sign'
  | 'verify'
  | 'deriveBits'
  | 'encapsulateBits'
  | 'decapsulateBits'

export interface AesGcm {
  readonly name: 'AES-GCM'
  readonly iv: Bytes
  readonly additionalData: Bytes
}

export type KeyFormat = 'raw' | 'raw-public' | 'raw-seed' | 'pkcs8'

export type KeyPairName = 'X25519' | 'Ed25519' | 'ML-KEM-768'

export interface Named {
  readonly name: KeyPairName | 'HKDF' | 'AES-GCM'
}

export interface Subtle {
  digest(algorithm: 'SHA-256', data: Bytes): Promise<ArrayBuffer>
  generateKey(
    algorithm: { name: KeyPairName },
    extractable: boolean,
    usages: readonly Usage[],
  ): Promise<WebKeyPair>
  generateKey(
    algorithm: { name: 'AES-GCM'; length: 256 },
    extractable: boolean,
    usages: readonly Usage[],
  ): Promise<WebKey>
  importKey(
    format: KeyFormat,
    data: Bytes,
    algorithm: Named,
    extractable: boolean,
    usages: readonly Usage[],
  ): Promise<WebKey>
  exportKey(format: KeyFormat, key: WebKey): Promise<ArrayBuffer>
  wrapKey(format: KeyFormat, key: WebKey, kek: WebKey, algorithm: AesGcm): Promise<ArrayBuffer>
  unwrapKey(
    format: KeyFormat,
    wrapped: Bytes,
    kek: WebKey,
    algorithm: AesGcm,
    name: Named,
    extractable: boolean,
    usages: readonly Usage[],
  ): Promise<WebKey>
  deriveBits(algorithm: { name: 'X25519'; public: WebKey }, key: WebKey, bits: number): Promise<ArrayBuffer>
  deriveBits(
    algorithm: { name: 'HKDF'; hash: 'SHA-256'; salt: Bytes; info: Bytes },
    key: WebKey,
    bits: number,
  ): Promise<ArrayBuffer>
  encrypt(algorithm: AesGcm, key: WebKey, data: Bytes): Promise<ArrayBuffer>
  decrypt(algorithm: AesGcm, key: WebKey, data: Bytes): Promise<ArrayBuffer>
  sign(algorithm: 'Ed25519', key: WebKey, data: Bytes): Promise<ArrayBuffer>
  verify(algorithm: 'Ed25519', key: WebKey, signature: Bytes, data: Bytes): Promise<boolean>
  encapsulateBits(
    algorithm: { name: 'ML-KEM-768' },
    key: WebKey,
  ): Promise<{ readonly ciphertext: ArrayBuffer; readonly sharedKey: ArrayBuffer }>
  decapsulateBits(algorithm: { name: 'ML-KEM-768' }, key: WebKey, ciphertext: Bytes): Promise<ArrayBuffer>
}
