/** Published vectors and hostile situations as cases that any body of the primitives has to answer alike. */
import { concat } from './encoding.ts'
import { encapsulateTo, publicKeyOfSeed } from './kemFallback.ts'
import type { Bytes, DhPrivateKey, Maybe, SealKey, SignPrivateKey } from './keys.ts'
import type * as browser from './primitives.ts'
import aesGcm from './vectors/aes-256-gcm.json' with { type: 'json' }
import ed25519 from './vectors/ed25519.json' with { type: 'json' }
import hkdf from './vectors/hkdf-sha-256.json' with { type: 'json' }
import mlKem from './vectors/ml-kem-768.json' with { type: 'json' }
import x25519 from './vectors/x25519.json' with { type: 'json' }

/** A body of the primitives; one answers with promises, the other at once. */
export type Body = { readonly [K in keyof typeof browser]: Answering<(typeof browser)[K]> }
type Answering<F> = F extends (...given: infer G) => infer R ? (...given: G) => Maybe<Awaited<R>> : F

export interface Case {
  /** A true sentence. */
  readonly name: string
  /** What the body gave, and what it has to give. */
  readonly run: (body: Body) => Promise<readonly [unknown, unknown]>
}

const AAD = fromHex('0102')
const NOTHING = new Uint8Array(0)
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

export function vectorCases(): readonly Case[] {
  return [...x25519Cases(), ...ed25519Cases(), ...hkdfCases(), ...aesGcmCases(), ...mlKemCases()]
}

function x25519Cases(): readonly Case[] {
  const agreements = x25519.agreements.map(({ source, privateKey, publicKey, secret }) => ({
    name: `X25519 agrees as in ${source}`,
    run: async (body: Body) =>
      [toHex(await body.dh(await dhKey(body, privateKey), fromHex(publicKey))), secret] as const,
  }))
  const refused = x25519.refused.map(({ why, publicKey }) => ({
    name: `X25519 refuses a public key: ${why}`,
    run: async (body: Body) =>
      [await body.dh((await body.generateDhKeyPair()).privateKey, fromHex(publicKey)), null] as const,
  }))
  return [...agreements, ...refused]
}

function ed25519Cases(): readonly Case[] {
  const signatures = ed25519.signatures.flatMap(({ source, seed, publicKey, message, signature }) => {
    const verify = (body: Body, key: string, text: Bytes, signed: Bytes) =>
      body.verifySignature(fromHex(key), text, signed)
    const bytes = fromHex(message)
    const good = fromHex(signature)
    return [
      {
        name: `Ed25519 signs as in ${source}`,
        run: async (body: Body) =>
          [toHex(await body.sign(await signKey(body, seed), bytes)), signature] as const,
      },
      {
        name: `Ed25519 verifies ${source}`,
        run: async (body: Body) => [await verify(body, publicKey, bytes, good), true] as const,
      },
      {
        name: `Ed25519 refuses ${source} with another message`,
        run: async (body: Body) => [await verify(body, publicKey, concat(bytes, AAD), good), false] as const,
      },
      {
        name: `Ed25519 refuses ${source} with S + L, which is the same signature to a careless verifier`,
        run: async (body: Body) =>
          [await verify(body, publicKey, bytes, withOrderAdded(good)), false] as const,
      },
      ...damaged(good).map(([how, signed]) => ({
        name: `Ed25519 refuses ${source} with ${how}`,
        run: async (body: Body) => [await verify(body, publicKey, bytes, signed), false] as const,
      })),
    ]
  })
  const identitySignature = concat(fromHex('01'), new Uint8Array(63))
  const keys = ed25519.refusedKeys.map(({ why, publicKey }) => ({
    name: `Ed25519 refuses a public key: ${why}`,
    run: async (body: Body) =>
      [await body.verifySignature(fromHex(publicKey), AAD, identitySignature), false] as const,
  }))
  return [...signatures, ...keys]
}

function hkdfCases(): readonly Case[] {
  return hkdf.map(({ source, ikm, salt, info, okm }) => ({
    name: `HKDF expands as in ${source}`,
    run: async (body: Body) => {
      const made = await body.hkdf(fromHex(ikm), fromHex(salt), fromHex(info), okm.length / 2)
      return [toHex(made), okm] as const
    },
  }))
}

function aesGcmCases(): readonly Case[] {
  return aesGcm.flatMap(({ source, key, nonce, aad, plaintext, sealed }) => {
    const open = async (body: Body, with_: Partial<{ nonce: Bytes; aad: Bytes; sealed: Bytes }>) =>
      body.open(
        await body.importSealKey(fromHex(key)),
        with_.nonce ?? fromHex(nonce),
        with_.aad ?? fromHex(aad),
        with_.sealed ?? fromHex(sealed),
      )
    return [
      {
        name: `AES-256-GCM seals as in ${source}`,
        run: async (body: Body) => {
          const imported = await body.importSealKey(fromHex(key))
          return [
            toHex(await body.seal(imported, fromHex(nonce), fromHex(aad), fromHex(plaintext))),
            sealed,
          ] as const
        },
      },
      {
        name: `AES-256-GCM opens ${source}`,
        run: async (body: Body) => [toHex(await open(body, {})), plaintext] as const,
      },
      {
        name: `AES-256-GCM refuses ${source} with other associated data`,
        run: async (body: Body) => [await open(body, { aad: AAD }), null] as const,
      },
      {
        name: `AES-256-GCM refuses ${source} under another nonce`,
        run: async (body: Body) =>
          [await open(body, { nonce: fromHex('00000000000000000000abcd') }), null] as const,
      },
      ...damaged(fromHex(sealed)).map(([how, bytes]) => ({
        name: `AES-256-GCM refuses ${source} with ${how}`,
        run: async (body: Body) => [await open(body, { sealed: bytes }), null] as const,
      })),
      ...[1, 4, 8, 12, 15].map((missing) => ({
        name: `AES-256-GCM refuses ${source} with a tag that is ${missing} bytes shorter`,
        run: async (body: Body) =>
          [
            await open(body, { sealed: fromHex(sealed).subarray(0, sealed.length / 2 - missing) }),
            null,
          ] as const,
      })),
    ]
  })
}

function mlKemCases(): readonly Case[] {
  const seed = fromHex(mlKem.seed)
  const ends = (bytes: Bytes) => [toHex(bytes.subarray(0, 32)), toHex(bytes.subarray(-32))]
  return [
    {
      name: `ML-KEM-768 expands a seed as in ${mlKem.source}`,
      run: async () => [ends(publicKeyOfSeed(seed)), [mlKem.publicKeyStart, mlKem.publicKeyEnd]],
    },
    {
      name: 'ML-KEM-768 encapsulates with the published randomness to the published secret and ciphertext',
      run: async () => {
        const made = encapsulateTo(publicKeyOfSeed(seed), fromHex(mlKem.message))
        if (made === null) return [made, 'a secret']
        return [
          [toHex(made.secret), ...ends(made.ciphertext)],
          [mlKem.secret, mlKem.ciphertextStart, mlKem.ciphertextEnd],
        ]
      },
    },
    {
      name: 'ML-KEM-768 decapsulates the published ciphertext to the published secret',
      run: async (body) => {
        const made = encapsulateTo(publicKeyOfSeed(seed), fromHex(mlKem.message))
        const secret = await body.decapsulate(await kemKey(body, seed), made?.ciphertext ?? NOTHING)
        return [toHex(secret), mlKem.secret]
      },
    },
    {
      name: 'ML-KEM-768 gives the fallback and this body one secret, whoever encapsulates',
      run: async (body) => {
        const here = await body.encapsulate(publicKeyOfSeed(seed))
        const there = encapsulateTo(publicKeyOfSeed(seed))
        const key = await kemKey(body, seed)
        const opened = await each([here, there], (made) => body.decapsulate(key, made?.ciphertext ?? NOTHING))
        return [opened.map(toHex), [here, there].map((made) => toHex(made?.secret ?? null))]
      },
    },
    {
      name: 'ML-KEM-768 gives another secret, and no error, for an altered ciphertext',
      run: async (body) => {
        const pair = await body.generateKemKeyPair()
        const made = await body.encapsulate(pair.publicKey)
        const altered = flipped(made?.ciphertext ?? NOTHING, 5)
        const secret = await body.decapsulate(pair.privateKey, altered)
        return [
          [secret?.length, toHex(secret) === toHex(made?.secret ?? null)],
          [32, false],
        ]
      },
    },
    {
      name: 'ML-KEM-768 refuses ciphertexts of a wrong length',
      run: async (body) => {
        const { privateKey } = await body.generateKemKeyPair()
        const opened = await each([0, 1087, 1089], (length) =>
          body.decapsulate(privateKey, new Uint8Array(length)),
        )
        return [opened, [null, null, null]]
      },
    },
    {
      name: 'ML-KEM-768 refuses public keys of a wrong length and coefficients at or above q',
      run: async (body) => {
        const { publicKey } = await body.generateKemKeyPair()
        const overQ = Uint8Array.from(publicKey)
        overQ.fill(255, 0, 3)
        const keys = [publicKey.subarray(1), concat(publicKey, AAD), overQ, NOTHING]
        return [await each(keys, (key) => body.encapsulate(key)), [null, null, null, null]]
      },
    },
  ]
}

async function dhKey(body: Body, privateKey: string): Promise<DhPrivateKey> {
  const [kek, wrapped] = await wrap(body, fromHex(`302e020100300506032b656e04220420${privateKey}`))
  return body.unwrapDhKey(kek, AAD, wrapped)
}

async function signKey(body: Body, seed: string): Promise<SignPrivateKey> {
  const [kek, wrapped] = await wrap(body, fromHex(`302e020100300506032b657004220420${seed}`))
  return body.unwrapSignKey(kek, AAD, wrapped)
}

async function kemKey(body: Body, seed: Bytes) {
  const [kek, wrapped] = await wrap(body, seed)
  return body.unwrapKemKey(kek, AAD, wrapped)
}

async function each<T, R>(values: readonly T[], answer: (value: T) => Maybe<R>): Promise<readonly R[]> {
  const answers: R[] = []
  for (const value of values) answers.push(await answer(value))
  return answers
}

async function wrap(body: Body, secret: Bytes): Promise<[SealKey, Bytes]> {
  const kek = await body.generateKek()
  const nonce = new Uint8Array(12)
  return [kek, concat(nonce, await body.seal(kek, nonce, AAD, secret))]
}

/** Every way to damage bytes that a verifier has to notice. */
function damaged(bytes: Bytes): readonly (readonly [string, Bytes])[] {
  const last = bytes.length - 1
  return [
    ['its first bit flipped', flipped(bytes, 0)],
    ['its last bit flipped', flipped(bytes, last * 8 + 7)],
    ['a bit in its middle flipped', flipped(bytes, (bytes.length >> 1) * 8)],
    ['its last byte missing', bytes.subarray(0, last)],
    ['a byte more', concat(bytes, fromHex('00'))],
    ['nothing left', NOTHING],
    ['zeros only', new Uint8Array(bytes.length)],
  ]
}

function flipped(bytes: Bytes, bit: number): Bytes {
  return bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
}

function withOrderAdded(signature: Bytes): Bytes {
  const s = signature.subarray(32).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) + ORDER
  return concat(
    signature.subarray(0, 32),
    Uint8Array.from({ length: 32 }, (_, index) => Number((s >> BigInt(8 * index)) & 255n)),
  )
}

function fromHex(text: string): Bytes {
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(index * 2, index * 2 + 2), 16),
  )
}

function toHex(bytes: Bytes | null): string | null {
  return bytes === null ? null : Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
