/** The operations of yardstick.ts for one sealed and one opened message, on synchronous node:crypto, nothing of ours. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto'

const zeroNonce = Buffer.alloc(12)
const label = Buffer.from('yardstick')

export interface BareNodePair {
  readonly own: { publicKey: KeyObject; privateKey: KeyObject }
  readonly shared: Buffer
  sendChain: Buffer
  receiveChain: Buffer
}

export interface BareNodeMessage {
  readonly ephemeral: Buffer
  readonly first: Buffer
  readonly second: Buffer
  readonly nonce: Buffer
}

export function bareNodePair(): BareNodePair {
  const chain = randomBytes(32)
  return {
    own: generateKeyPairSync('x25519'),
    shared: randomBytes(32),
    sendChain: chain,
    receiveChain: chain,
  }
}

export function bareNodeSeal(pair: BareNodePair, plaintext: Buffer, inner: number): BareNodeMessage {
  const [next, key] = chainStep(pair.sendChain)
  pair.sendChain = next
  const nonce = randomBytes(12)
  const text = seal(key, nonce, label, plaintext.subarray(0, inner))
  const pairNow = generateKeyPairSync('x25519')
  const ephemeral = Buffer.from(pairNow.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const secret = diffieHellman({ privateKey: pairNow.privateKey, publicKey: pair.own.publicKey })
  const first = seal(layerKey(secret), zeroNonce, label, Buffer.alloc(60))
  const padded = Buffer.alloc(plaintext.length)
  text.copy(padded)
  const digest = createHash('sha256').update(first).digest()
  return {
    ephemeral,
    first,
    nonce,
    second: seal(layerKey(Buffer.concat([secret, pair.shared])), zeroNonce, digest, padded),
  }
}

export function bareNodeOpen(pair: BareNodePair, message: BareNodeMessage, inner: number): void {
  // A JWK is read ten times faster than DER.
  const jwk = { kty: 'OKP', crv: 'X25519', x: message.ephemeral.toString('base64url') }
  const ephemeral = createPublicKey({ key: jwk, format: 'jwk' })
  const secret = diffieHellman({ privateKey: pair.own.privateKey, publicKey: ephemeral })
  open(layerKey(secret), zeroNonce, label, message.first)
  const digest = createHash('sha256').update(message.first).digest()
  const padded = open(layerKey(Buffer.concat([secret, pair.shared])), zeroNonce, digest, message.second)
  const [next, key] = chainStep(pair.receiveChain)
  pair.receiveChain = next
  open(key, message.nonce, label, padded.subarray(0, inner + 16))
}

function layerKey(secret: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, zeroNonce, label, 32))
}

function chainStep(chain: Buffer): [Buffer, Buffer] {
  const next = Buffer.from(hkdfSync('sha256', chain, zeroNonce, label, 64))
  return [next.subarray(0, 32), next.subarray(32)]
}

function seal(key: Buffer, nonce: Buffer, aad: Buffer, plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(aad)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

function open(key: Buffer, nonce: Buffer, aad: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(sealed.length - 16))
  return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - 16)), decipher.final()])
}
