/**
 * Bare WebCrypto, nothing of ours: what the same cryptographic operations cost at the least.
 *
 * One sealed message: X25519 key pair; import of the peer's key; two agreements, of which one is made once a pair;
 * HKDF and AES-256-GCM for the first layer, SHA-256 of it, HKDF and AES-256-GCM for the second; HKDF of the chain
 * (64 bytes) and AES-256-GCM of the text. Opening: the same without making a key pair.
 * Ping-pong adds, each way, one ratchet key pair, two agreements and two HKDF of the root.
 * Handshake: three Ed25519 verifications of the prekeys; then on each side four agreements, ML-KEM-768, three HKDF (secret,
 * root, session id) and the agreement of the two long-term keys; the initiator makes an ephemeral and a ratchet key pair,
 * an agreement and a root; the responder an agreement and a root, a ratchet key pair, an agreement and a root.
 */
const subtle = crypto.subtle
const x25519 = { name: 'X25519' }
const kem = { name: 'ML-KEM-768' }
const zeroNonce = new Uint8Array(12)
const label = new TextEncoder().encode('yardstick')

interface KemSubtle {
  encapsulateBits(
    algorithm: object,
    key: CryptoKey,
  ): Promise<{ sharedKey: ArrayBuffer; ciphertext: ArrayBuffer }>
  decapsulateBits(algorithm: object, key: CryptoKey, ciphertext: ArrayBuffer): Promise<ArrayBuffer>
}
const kemSubtle = subtle as unknown as KemSubtle

export interface BareMessage {
  readonly ephemeral: Uint8Array<ArrayBuffer>
  readonly first: ArrayBuffer
  readonly second: ArrayBuffer
  readonly nonce: Uint8Array<ArrayBuffer>
}

/** Two ends that know each other's long-term key and one chain. */
export interface BarePair {
  readonly own: CryptoKeyPair
  readonly ownRaw: Uint8Array<ArrayBuffer>
  readonly shared: Uint8Array<ArrayBuffer>
  sendChain: Uint8Array<ArrayBuffer>
  receiveChain: Uint8Array<ArrayBuffer>
}

export async function barePair(): Promise<BarePair> {
  const own = (await subtle.generateKey(x25519, false, ['deriveBits'])) as CryptoKeyPair
  const ownRaw = new Uint8Array(await subtle.exportKey('raw', own.publicKey))
  const chain = crypto.getRandomValues(new Uint8Array(32))
  return {
    own,
    ownRaw,
    shared: crypto.getRandomValues(new Uint8Array(32)),
    sendChain: chain,
    receiveChain: chain.slice(),
  }
}

export async function bareSeal(
  pair: BarePair,
  plaintext: Uint8Array<ArrayBuffer>,
  inner: number,
): Promise<BareMessage> {
  const text = await sealText(pair, plaintext.subarray(0, inner))
  const { ephemeral, secret } = await freshAgreement(pair)
  const firstKey = await layerKey(secret, 'encrypt')
  const first = await subtle.encrypt(
    { name: 'AES-GCM', iv: zeroNonce, additionalData: label },
    firstKey,
    new Uint8Array(60),
  )
  const digest = new Uint8Array(await subtle.digest('SHA-256', first))
  const secondKey = await layerKey(joined(secret, pair.shared), 'encrypt')
  const padded = new Uint8Array(plaintext.length)
  padded.set(new Uint8Array(text.sealed).subarray(0, padded.length))
  const second = await subtle.encrypt(
    { name: 'AES-GCM', iv: zeroNonce, additionalData: digest },
    secondKey,
    padded,
  )
  return { ephemeral, first, second, nonce: text.nonce }
}

export async function bareOpen(pair: BarePair, message: BareMessage, inner: number): Promise<void> {
  const ephemeral = await subtle.importKey('raw', message.ephemeral, x25519, true, [])
  const secret = new Uint8Array(
    await subtle.deriveBits({ name: 'X25519', public: ephemeral }, pair.own.privateKey, 256),
  )
  const firstKey = await layerKey(secret, 'decrypt')
  await subtle.decrypt({ name: 'AES-GCM', iv: zeroNonce, additionalData: label }, firstKey, message.first)
  const digest = new Uint8Array(await subtle.digest('SHA-256', message.first))
  const secondKey = await layerKey(joined(secret, pair.shared), 'decrypt')
  const padded = await subtle.decrypt(
    { name: 'AES-GCM', iv: zeroNonce, additionalData: digest },
    secondKey,
    message.second,
  )
  const key = await chainStep(pair, 'receiveChain', 'decrypt')
  await subtle.decrypt(
    { name: 'AES-GCM', iv: message.nonce, additionalData: label },
    key,
    padded.slice(0, inner + 16),
  )
}

/** A ratchet step of one side, beside the message itself: one key pair, two agreements, two root derivations. */
export async function bareRatchetStep(pair: BarePair): Promise<void> {
  const theirs = await subtle.importKey('raw', pair.ownRaw, x25519, true, [])
  const received = new Uint8Array(
    await subtle.deriveBits({ name: 'X25519', public: theirs }, pair.own.privateKey, 256),
  )
  pair.receiveChain = (await hkdf64(received)).slice(32)
  const next = (await subtle.generateKey(x25519, false, ['deriveBits'])) as CryptoKeyPair
  await subtle.exportKey('raw', next.publicKey)
  const sent = new Uint8Array(
    await subtle.deriveBits({ name: 'X25519', public: theirs }, next.privateKey, 256),
  )
  await hkdf64(sent)
  pair.sendChain = pair.receiveChain
}

export interface BareHandshake {
  readonly dh: CryptoKeyPair
  readonly dhRaw: Uint8Array<ArrayBuffer>
  readonly kem: CryptoKeyPair
  readonly signing: CryptoKeyPair
  readonly signature: ArrayBuffer
}

export async function bareHandshakeKeys(): Promise<BareHandshake> {
  const dh = (await subtle.generateKey(x25519, false, ['deriveBits'])) as CryptoKeyPair
  const signing = (await subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify'])) as CryptoKeyPair
  return {
    dh,
    dhRaw: new Uint8Array(await subtle.exportKey('raw', dh.publicKey)),
    kem: (await subtle.generateKey(kem, false, [
      'encapsulateBits',
      'decapsulateBits',
    ] as never)) as CryptoKeyPair,
    signing,
    signature: await subtle.sign({ name: 'Ed25519' }, signing.privateKey, label),
  }
}

export async function bareHandshake(keys: BareHandshake): Promise<void> {
  for (let i = 0; i < 3; i++)
    await subtle.verify({ name: 'Ed25519' }, keys.signing.publicKey, keys.signature, label)
  const ephemeralRaw = await freshPair()
  const ratchetRaw = await freshPair()
  await agreements(5, keys.dhRaw, keys.dh.privateKey)
  const { ciphertext } = await kemSubtle.encapsulateBits(kem, keys.kem.publicKey)
  await derivations(3)
  await agreements(1, keys.dhRaw, keys.dh.privateKey)
  await derivations(1)
  await agreements(5, ephemeralRaw, keys.dh.privateKey)
  await kemSubtle.decapsulateBits(kem, keys.kem.privateKey, ciphertext)
  await derivations(3)
  await agreements(1, ratchetRaw, keys.dh.privateKey)
  await derivations(1)
  await freshPair()
  await agreements(1, ratchetRaw, keys.dh.privateKey)
  await derivations(1)
}

async function freshPair(): Promise<Uint8Array<ArrayBuffer>> {
  const pair = (await subtle.generateKey(x25519, false, ['deriveBits'])) as CryptoKeyPair
  return new Uint8Array(await subtle.exportKey('raw', pair.publicKey))
}

async function derivations(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await hkdf64(new Uint8Array(32))
}

async function agreements(count: number, raw: Uint8Array<ArrayBuffer>, privateKey: CryptoKey): Promise<void> {
  for (let i = 0; i < count; i++) {
    const theirs = await subtle.importKey('raw', raw, x25519, true, [])
    await subtle.deriveBits({ name: 'X25519', public: theirs }, privateKey, 256)
  }
}

async function sealText(pair: BarePair, text: Uint8Array<ArrayBuffer>) {
  const key = await chainStep(pair, 'sendChain', 'encrypt')
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  return {
    nonce,
    sealed: await subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: label }, key, text),
  }
}

async function chainStep(pair: BarePair, side: 'sendChain' | 'receiveChain', use: 'encrypt' | 'decrypt') {
  const next = await hkdf64(pair[side])
  pair[side] = next.slice(0, 32)
  return subtle.importKey('raw', next.subarray(32), 'AES-GCM', false, [use])
}

async function freshAgreement(pair: BarePair) {
  const pairNow = (await subtle.generateKey(x25519, false, ['deriveBits'])) as CryptoKeyPair
  const ephemeral = new Uint8Array(await subtle.exportKey('raw', pairNow.publicKey))
  const secret = await subtle.deriveBits(
    { name: 'X25519', public: pair.own.publicKey },
    pairNow.privateKey,
    256,
  )
  return { ephemeral, secret: new Uint8Array(secret) }
}

async function layerKey(secret: Uint8Array<ArrayBuffer>, use: 'encrypt' | 'decrypt') {
  const material = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
  const bits = await subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: zeroNonce, info: label },
    material,
    256,
  )
  return subtle.importKey('raw', bits, 'AES-GCM', false, [use])
}

async function hkdf64(secret: Uint8Array<ArrayBuffer>) {
  const material = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
  const bits = await subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: zeroNonce, info: label },
    material,
    512,
  )
  return new Uint8Array(bits)
}

function joined(left: Uint8Array<ArrayBuffer>, right: Uint8Array<ArrayBuffer>) {
  const both = new Uint8Array(left.length + right.length)
  both.set(left)
  both.set(right, left.length)
  return both
}
