/** Which kinds of private keys this browser keeps without letting anyone read them: put, get, use. */
import { hasNativeKem, type PrivateKeyMode } from '../../../protocol/index.ts'
import { StorageError, type Database } from './port.ts'

export type KeyKind = 'dh' | 'sign' | 'kem' | 'login'
export type KeyModes = Readonly<Record<KeyKind, PrivateKeyMode>>

/** @throws StorageError `unsupported` without X25519, Ed25519 or AES-GCM, `blocked` where not even the KEK is kept. */
export async function findModes(db: Database): Promise<KeyModes> {
  const made = await makeProbes()
  if (!(await survives(db, made.kek, useKek))) throw new StorageError('blocked')
  return {
    dh: await modeOf(db, made.dh.privateKey, (key) => useDh(key, made.dh.publicKey)),
    sign: await modeOf(db, made.sign.privateKey, (key) => crypto.subtle.sign('Ed25519', key, BYTES)),
    login: await modeOf(db, made.login.privateKey, (key) => crypto.subtle.sign(ES256_SIGN, key, BYTES)),
    kem: (await hasNativeKem())
      ? await modeOf(db, await makeKem(), async (key) => void key.algorithm.name)
      : 'wrapped',
  }
}

const BYTES = new Uint8Array(32)
const ES256_SIGN = { name: 'ECDSA', hash: 'SHA-256' } as const

interface Probes {
  readonly kek: CryptoKey
  readonly dh: CryptoKeyPair
  readonly sign: CryptoKeyPair
  readonly login: CryptoKeyPair
}

async function makeProbes(): Promise<Probes> {
  const { subtle } = crypto
  try {
    const [kek, dh, sign, login] = await Promise.all([
      subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']),
      subtle.generateKey({ name: 'X25519' }, false, ['deriveBits']),
      subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify']),
      subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']),
    ])
    return { kek: kek as CryptoKey, dh: dh as CryptoKeyPair, sign: sign as CryptoKeyPair, login }
  } catch {
    throw new StorageError('unsupported')
  }
}

async function makeKem(): Promise<CryptoKey> {
  const usages = ['encapsulateBits', 'decapsulateBits'] as unknown as KeyUsage[]
  return ((await crypto.subtle.generateKey({ name: 'ML-KEM-768' }, false, usages)) as CryptoKeyPair)
    .privateKey
}

const useKek = (key: CryptoKey) =>
  crypto.subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, BYTES)
const useDh = (key: CryptoKey, peer: CryptoKey) =>
  crypto.subtle.deriveBits({ name: 'X25519', public: peer } as AlgorithmIdentifier, key, 256)

async function modeOf(
  db: Database,
  key: CryptoKey,
  use: (key: CryptoKey) => Promise<unknown>,
): Promise<PrivateKeyMode> {
  return (await survives(db, key, use)) ? 'native' : 'wrapped'
}

/** Browsers fail in two ways: refusing to clone the key, and answering null for it later. */
async function survives(
  db: Database,
  key: CryptoKey,
  use: (key: CryptoKey) => Promise<unknown>,
): Promise<boolean> {
  const id = `self-test.${crypto.randomUUID()}`
  const write = { table: 'keys', key: id, expected: null } as const
  try {
    await db.commit([{ ...write, row: { key: id, privateKey: key } }])
    const read = (await db.get('keys', id))?.['privateKey']
    if (!(read instanceof CryptoKey) || read.extractable) return false
    await use(read)
    return true
  } catch {
    return false
  } finally {
    await db.commit([{ ...write, row: null }]).catch(() => 'conflict')
  }
}
