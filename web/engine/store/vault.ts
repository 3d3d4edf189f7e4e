/**
 * Private keys and the KEK of a Device, one record a key, none of which JavaScript can read; and the sealing of rows.
 *
 * A start-up self-test finds out, per kind, whether this browser keeps non-extractable keys: put, get in another
 * transaction, use. A kind that fails is kept wrapped under the KEK from the moment it is made.
 */
import {
  generateDhKeyPair,
  generateKek,
  generateKemKeyPair,
  generateSignKeyPair,
  generateWrappedDhKeyPair,
  generateWrappedKemKeyPair,
  generateWrappedSignKeyPair,
  openAtRest,
  sealAtRest,
  unwrapDhKey,
  unwrapKemKey,
  unwrapSignKey,
  type Bytes,
  type DhPrivateKey,
  type KemPrivateKey,
  type KeyPair,
  type PrivateKeyMode,
  type SealKey,
  type SignPrivateKey,
  type WrappedKeyPair,
} from '../../../protocol/index.ts'
import type { LoginKey, PublicJwk } from '../proof.ts'
import { StorageError, type Database, type Row, type Write } from './port.ts'
import { findModes, type KeyKind, type KeyModes } from './selfTest.ts'

/** Seals bytes under the KEK, bound to the row they belong to. */
export interface Sealer {
  seal(row: string, plain: Bytes): Promise<Uint8Array<ArrayBuffer>>
  /** @throws StorageError when the row was moved, changed or sealed by another Device. */
  open(row: string, sealed: unknown): Promise<Bytes>
}

/** A new pair, and the write that keeps its private half. */
export interface NewKey<P> {
  readonly pair: KeyPair<P>
  readonly write: Write
}

export type Vault = Sealer & {
  readonly mode: PrivateKeyMode
  newDh(id: string): Promise<NewKey<DhPrivateKey>>
  newSign(id: string): Promise<NewKey<SignPrivateKey>>
  newKem(id: string): Promise<NewKey<KemPrivateKey>>
  newLogin(id: string): Promise<{ readonly key: LoginKey; readonly write: Write }>
  dh(id: string): Promise<KeyPair<DhPrivateKey> | null>
  sign(id: string): Promise<KeyPair<SignPrivateKey> | null>
  kem(id: string): Promise<KeyPair<KemPrivateKey> | null>
  login(id: string): Promise<LoginKey | null>
  /** Keeps a private key made elsewhere: the Ratchet's. */
  keepDh(id: string, pair: KeyPair<DhPrivateKey>): Write
  drop(id: string): Write
}

const KEK = 'kek'

export async function openVault(db: Database): Promise<Vault> {
  const row = (await db.get('keys', KEK)) ?? (await createKek(db))
  const kek = row['privateKey'] as SealKey
  const modes = row['modes'] as KeyModes
  // Ratchet pairs are made inside the protocol, natively: a browser that cannot keep X25519 keys is not served yet.
  if (modes.dh === 'wrapped') throw new StorageError('unsupported')
  return makeVault(db, kek, modes)
}

/** Two tabs may both find nothing: the first commit wins, and the other reads it. */
async function createKek(db: Database): Promise<Row> {
  const modes = await findModes(db)
  const made = { key: KEK, kind: 'kek', privateKey: await generateKek(), modes }
  await db.commit([{ table: 'keys', key: KEK, expected: 0, row: made }])
  const row = await db.get('keys', KEK)
  if (!row?.['privateKey']) throw new StorageError('blocked')
  return row
}

const utf8 = new TextEncoder()
const aadOf = (name: string) => utf8.encode(name)

function makeVault(db: Database, kek: SealKey, modes: KeyModes): Vault {
  const wrapped = (kind: KeyKind) => modes[kind] === 'wrapped'
  const newKey = async <P>(
    kind: KeyKind,
    id: string,
    plain: () => Promise<KeyPair<P>>,
    wrap: (kek: SealKey, aad: Bytes) => Promise<WrappedKeyPair<P>>,
  ): Promise<NewKey<P>> => {
    if (!wrapped(kind)) {
      const pair = await plain()
      return { pair, write: keep(id, kind, { publicKey: pair.publicKey, privateKey: pair.privateKey }) }
    }
    const made = await wrap(kek, aadOf(`keys/${id}`))
    return {
      pair: made.pair,
      write: keep(id, kind, { publicKey: made.pair.publicKey, wrapped: made.wrapped }),
    }
  }
  const load = async <P>(
    id: string,
    unwrap: (kek: SealKey, aad: Bytes, wrapped: Bytes) => Promise<P>,
  ): Promise<KeyPair<P> | null> => {
    const row = await db.get('keys', id)
    if (!row) return null
    const publicKey = row['publicKey'] as Bytes
    if (row['privateKey']) return { publicKey, privateKey: row['privateKey'] as P }
    return { publicKey, privateKey: await unwrap(kek, aadOf(`keys/${id}`), row['wrapped'] as Bytes) }
  }
  return {
    mode: Object.values(modes).includes('wrapped') ? 'wrapped' : 'native',
    async seal(row, plain) {
      return (await sealAtRest(kek, aadOf(row), plain)) as Uint8Array<ArrayBuffer>
    },
    async open(row, sealed) {
      const plain = sealed instanceof Uint8Array ? await openAtRest(kek, aadOf(row), sealed) : null
      if (!plain) throw new StorageError('damaged')
      return plain
    },
    newDh: (id) => newKey('dh', id, generateDhKeyPair, generateWrappedDhKeyPair),
    newSign: (id) => newKey('sign', id, generateSignKeyPair, generateWrappedSignKeyPair),
    newKem: (id) => newKey('kem', id, generateKemKeyPair, generateWrappedKemKeyPair),
    newLogin: (id) => newLogin(id, wrapped('login') ? kek : null),
    dh: (id) => load(id, unwrapDhKey),
    sign: (id) => load(id, unwrapSignKey),
    kem: (id) => load(id, unwrapKemKey),
    login: async (id) => loadLogin(await db.get('keys', id), kek),
    keepDh: (id, pair) => keep(id, 'dh', { publicKey: pair.publicKey, privateKey: pair.privateKey }),
    drop: (id) => ({ table: 'keys', key: id, expected: null, row: null }),
  }
}

function keep(id: string, kind: KeyKind, fields: Record<string, unknown>): Write {
  return { table: 'keys', key: id, expected: null, row: { key: id, kind, ...fields } }
}

const ES256 = { name: 'ECDSA', namedCurve: 'P-256' } as const

async function newLogin(id: string, kek: SealKey | null): Promise<{ key: LoginKey; write: Write }> {
  const pair = await crypto.subtle.generateKey(ES256, kek !== null, ['sign', 'verify'])
  const { crv, kty, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const jwk = { crv, kty, x, y } as PublicJwk
  if (!kek) {
    return {
      key: { privateKey: pair.privateKey, jwk },
      write: keep(id, 'login', { jwk, privateKey: pair.privateKey }),
    }
  }
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const algorithm = { name: 'AES-GCM', iv, additionalData: aadOf(`keys/${id}`) }
  const pkcs8 = await crypto.subtle.wrapKey('pkcs8', pair.privateKey, kek as unknown as CryptoKey, algorithm)
  const wrapped = new Uint8Array([...iv, ...new Uint8Array(pkcs8)])
  const write = keep(id, 'login', { jwk, wrapped })
  return { key: { privateKey: await unwrapLogin(id, wrapped, kek), jwk }, write }
}

function unwrapLogin(id: string, wrapped: Uint8Array<ArrayBuffer>, kek: SealKey): Promise<CryptoKey> {
  const algorithm = { name: 'AES-GCM', iv: wrapped.slice(0, 12), additionalData: aadOf(`keys/${id}`) }
  const key = kek as unknown as CryptoKey
  return crypto.subtle.unwrapKey('pkcs8', wrapped.slice(12), key, algorithm, ES256, false, ['sign'])
}

async function loadLogin(row: Row | undefined, kek: SealKey): Promise<LoginKey | null> {
  if (!row) return null
  const jwk = row['jwk'] as PublicJwk
  if (row['privateKey']) return { privateKey: row['privateKey'] as CryptoKey, jwk }
  return { privateKey: await unwrapLogin(row.key, row['wrapped'] as Uint8Array<ArrayBuffer>, kek), jwk }
}
