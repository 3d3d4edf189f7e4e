import { describe, expect, test } from 'vitest'
import { concat } from './encoding.ts'
import { KeyError } from './errors.ts'
import { decapsulateWithSeed, encapsulateTo } from './kemFallback.ts'
import type { DhPrivateKey, KemPrivateKey, SignPrivateKey } from './keys.ts'
import * as web from './primitives.ts'
import { vectorCases } from './vectors.cases.ts'

describe('the WebCrypto body in a browser', () => {
  test.each(vectorCases())('$name', async ({ run }) => {
    const [given, expected] = await run(web)
    expect(given).toEqual(expected)
  })
})

const AAD = Uint8Array.of(7)

test('Chromium has native ML-KEM-768', async () => {
  expect(await web.hasNativeKem()).toBe(true)
})

test('what the fallback encapsulates to a native key, the native key opens', async () => {
  const bob = await web.generateKemKeyPair()
  const made = encapsulateTo(bob.publicKey)
  expect(await web.decapsulate(bob.privateKey, made?.ciphertext ?? AAD)).toEqual(made?.secret)
})

test('what Chromium encapsulates to a sealed seed, the seed opens in JavaScript', async () => {
  const kek = await web.generateKek()
  const bob = await web.generateWrappedKemKeyPair(kek, AAD)
  const made = await web.encapsulate(bob.pair.publicKey)
  const sealed = { kek, aad: AAD, sealed: bob.wrapped } as unknown as KemPrivateKey
  expect(await web.decapsulate(sealed, made?.ciphertext ?? AAD)).toEqual(made?.secret)
  const seed = await web.open(kek, bob.wrapped.subarray(0, 12), AAD, bob.wrapped.subarray(12))
  expect(decapsulateWithSeed(seed ?? AAD, made?.ciphertext ?? AAD)).toEqual(made?.secret)
})

test('no private key, native or unwrapped, can be exported', async () => {
  const kek = await web.generateKek()
  const pairs = [
    await web.generateDhKeyPair(),
    await web.generateSignKeyPair(),
    await web.generateKemKeyPair(),
    (await web.generateWrappedDhKeyPair(kek, AAD)).pair,
    (await web.generateWrappedSignKeyPair(kek, AAD)).pair,
    (await web.generateWrappedKemKeyPair(kek, AAD)).pair,
  ]
  const keys = [...pairs.map(({ privateKey }) => privateKey), kek] as unknown as CryptoKey[]
  expect(keys.map((key) => key.extractable)).toEqual(keys.map(() => false))
})

test('a wrapped key opens under its own KEK and its own name only', async () => {
  const kek = await web.generateKek()
  const dh = await web.generateWrappedDhKeyPair(kek, AAD)
  const sign = await web.generateWrappedSignKeyPair(kek, AAD)
  const kem = await web.generateWrappedKemKeyPair(kek, AAD)
  for (const [key, aad] of [
    [await web.generateKek(), AAD],
    [kek, Uint8Array.of(8)],
  ] as const) {
    await expect(web.unwrapDhKey(key, aad, dh.wrapped)).rejects.toThrow(KeyError)
    await expect(web.unwrapSignKey(key, aad, sign.wrapped)).rejects.toThrow(KeyError)
    await expect(web.unwrapKemKey(key, aad, kem.wrapped)).rejects.toThrow(KeyError)
  }
  await expect(web.unwrapDhKey(kek, AAD, concat(dh.wrapped, AAD))).rejects.toThrow(KeyError)
})

test('private keys of every kind survive a database, wrapped or as they are', async () => {
  const kek = await web.generateKek()
  const dh = await web.generateWrappedDhKeyPair(kek, AAD)
  const kept = await throughIndexedDb({
    dh: (await web.generateDhKeyPair()).privateKey,
    sign: (await web.generateSignKeyPair()).privateKey,
    kem: (await web.generateKemKeyPair()).privateKey,
    kek,
  })
  const alice = await web.generateDhKeyPair()
  expect(await web.dh(kept.dh as DhPrivateKey, alice.publicKey)).toHaveLength(32)
  expect(await web.sign(kept.sign as SignPrivateKey, AAD)).toHaveLength(64)
  expect(await web.decapsulate(kept.kem as KemPrivateKey, new Uint8Array(1088))).toHaveLength(32)
  const unwrapped = await web.unwrapDhKey(kept.kek as typeof kek, AAD, dh.wrapped)
  expect(await web.dh(unwrapped, alice.publicKey)).toEqual(await web.dh(alice.privateKey, dh.pair.publicKey))
})

async function throughIndexedDb<T extends object>(value: T): Promise<T> {
  const name = `vectors-${crypto.randomUUID()}`
  const database = await answered(Object.assign(indexedDB.open(name, 1), { onupgradeneeded: createStore }))
  await answered(database.transaction('keys', 'readwrite').objectStore('keys').put(value, 'keys'))
  database.close()
  const again = await answered(indexedDB.open(name))
  const read = await answered(again.transaction('keys').objectStore('keys').get('keys'))
  again.close()
  indexedDB.deleteDatabase(name)
  return read as T
}

function createStore(this: IDBOpenDBRequest): void {
  this.result.createObjectStore('keys')
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(new Error('no answer', { cause: request.error })))
  })
}
