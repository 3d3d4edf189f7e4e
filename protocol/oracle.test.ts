/** The published vectors computed a second time with nothing but node:crypto, cborg and noble, as SPEC.md reads. */
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { decode, encode } from 'cborg'
import {
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
} from 'node:crypto'
import { expect, test } from 'vitest'
import handshake from './vectors/handshake.json' with { type: 'json' }
import keys from './vectors/keys.json' with { type: 'json' }
import ratchet from './vectors/ratchet.json' with { type: 'json' }
import seal from './vectors/seal.json' with { type: 'json' }

type Pair = 'aliceDh' | 'bobDh' | 'signedPreKey' | 'oneTime' | 'handshake' | 'ratchet' | 'envelope'

const ZERO_32 = Buffer.alloc(32)
const CAPS = Uint8Array.of(1)
const bytes = (text: string) => Buffer.from(text, 'base64url')
const text = (value: Uint8Array) => Buffer.from(value).toString('base64url')
const hash = (value: Uint8Array) => createHash('sha256').update(value).digest()
const publicOf = (name: Pair) => bytes(keys[name].publicKey)

function agree(own: Pair, theirs: Uint8Array | Pair): Buffer {
  const x = typeof theirs === 'string' ? keys[theirs].publicKey : text(theirs)
  const [jwk, { privateKey: d, publicKey }] = [{ kty: 'OKP', crv: 'X25519' }, keys[own]]
  return diffieHellman({
    privateKey: createPrivateKey({ key: { ...jwk, d, x: publicKey }, format: 'jwk' }),
    publicKey: createPublicKey({ key: { ...jwk, x }, format: 'jwk' }),
  })
}

function hkdf(ikm: Uint8Array, salt: Uint8Array, label: string | Uint8Array, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', ikm, salt, Buffer.from(label), length))
}

function open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(aad)
  decipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
}

/** By bob's side of the agreements: what alice computed with her private keys, he computes with his. */
function derive() {
  const fields = decode(bytes(handshake.initiation)) as Uint8Array[]
  const [, headA, headB, spkId, opkId, kpkId, ct, ekA] = fields
  if (!ct || !ekA) throw new Error('no initiation')
  const kem = ml_kem768.keygen(bytes(keys.kemSeed))
  const ikm = Buffer.concat([
    Buffer.alloc(32, 0xff),
    agree('signedPreKey', 'aliceDh'),
    agree('bobDh', ekA),
    agree('signedPreKey', ekA),
    agree('oneTime', ekA),
    ml_kem768.decapsulate(ct, kem.secretKey),
    ZERO_32,
  ])
  const [accountA, accountB] = handshake.accounts.map((account) => bytes(account ?? ''))
  const [deviceA, deviceB] = handshake.devices.map((device) => bytes(device ?? ''))
  const alice = [accountA, deviceA, publicOf('aliceDh'), headA, CAPS]
  const bob = [accountB, deviceB, publicOf('bobDh'), headB, CAPS]
  const prekeys = [spkId, publicOf('signedPreKey'), opkId, publicOf('oneTime'), kpkId, kem.publicKey]
  const transcript = hash(encode(['plasma/1/handshake', 1, ...alice, ...bob, ...prekeys, ct, ekA, 1, null]))
  const secret = hkdf(ikm, ZERO_32, 'plasma/1/handshake-secret', 32)
  const sid = hkdf(secret, transcript, 'plasma/1/handshake-sid', 16)
  const ad = hash(encode([accountA, deviceA, accountB, deviceB, sid, 1]))
  const root = hkdf(secret, transcript, 'plasma/1/handshake-root', 32)
  const step = hkdf(agree('signedPreKey', 'ratchet'), root, 'plasma/1/root', 96)
  const [rootKey, chainKey, typingKey] = [step.subarray(0, 32), step.subarray(32, 64), step.subarray(64)]
  return { sid, ad, rootKey, chainKey, typingKey }
}

test('a second computation arrives at the published session', () => {
  const computed = derive()
  const {
    accounts: _accounts,
    devices: _devices,
    epoch: _epoch,
    initiation: _initiation,
    ...published
  } = handshake
  expect(Object.fromEntries(Object.entries(computed).map(([name, value]) => [name, text(value)]))).toEqual(
    published,
  )
})

test('a second computation opens the published messages', () => {
  const { ad, chainKey } = derive()
  let chain = chainKey
  for (const { plaintext, header, sealed } of ratchet.messages) {
    const step = hkdf(chain, ZERO_32, 'plasma/1/chain', 64)
    const message = bytes(sealed ?? '')
    const aad = Buffer.concat([ad, bytes(header ?? '')])
    expect(open(step.subarray(32), message.subarray(0, 12), aad, message.subarray(12)).toString()).toBe(
      plaintext,
    )
    chain = step.subarray(0, 32)
  }
  expect(text(chain)).toBe(ratchet.nextChainKey)
})

test.each([
  ['first', 100, 4_096],
  ['later', 68, 512],
] as const)('a second computation opens the published %s envelope', (name, layer1Bytes, size) => {
  const envelope = bytes(seal[name] ?? '')
  expect(envelope).toHaveLength(size)
  const [eph, layer1, layer2] = [
    envelope.subarray(1, 33),
    envelope.subarray(33, 33 + layer1Bytes),
    envelope.subarray(33 + layer1Bytes),
  ]
  const shared = agree('bobDh', eph)
  const aad = Buffer.concat([envelope.subarray(0, 1), bytes(handshake.devices[1] ?? '')])
  const label1 = Buffer.concat([Buffer.from('plasma/1/seal-1'), eph, publicOf('bobDh')])
  const sender = open(hkdf(shared, ZERO_32, label1, 32), Buffer.alloc(12), aad, layer1)
  expect(text(sender.subarray(0, 32))).toBe(handshake.accounts[0])
  expect(text(sender.subarray(32, 48))).toBe(handshake.devices[0])
  expect(sender.readUInt32BE(48)).toBe(handshake.epoch)
  const label2 = Buffer.concat([Buffer.from('plasma/1/seal-2'), eph, publicOf('bobDh'), publicOf('aliceDh')])
  const key2 = hkdf(Buffer.concat([shared, agree('bobDh', 'aliceDh')]), ZERO_32, label2, 32)
  const inside = open(key2, Buffer.alloc(12), Buffer.concat([aad, hash(layer1)]), layer2)
  const start = name === 'first' ? 2 + inside.readUInt16BE(0) : 0
  expect(text(inside.subarray(2, Math.max(start, 2)))).toBe(name === 'first' ? handshake.initiation : '')
  expect(text(readMessage(inside.subarray(start)))).toBe(seal.frame)
})

/** The first message of the chain, without its padding. */
function readMessage(message: Buffer): Buffer {
  const { ad, chainKey } = derive()
  const key = hkdf(chainKey, ZERO_32, 'plasma/1/chain', 64).subarray(32)
  const [header, nonce, sealed] = [message.subarray(0, 58), message.subarray(58, 70), message.subarray(70)]
  const padded = open(key, nonce, Buffer.concat([ad, header]), sealed)
  return padded.subarray(0, padded.lastIndexOf(0x80))
}
