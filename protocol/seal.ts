/**
 * The outer seal, and the whole way of one Envelope: version 1 ‖ eph 32 ‖ layer 1 ‖ layer 2, together a bucket's length.
 *
 * Layer 1 tells the recipient Device who claims to send; layer 2 opens only for what that Device sealed. Both keys are
 * used once, so their nonce is zero. SPEC, section "Envelope".
 */
import {
  dh,
  generateDhKeyPair,
  hkdf,
  importDhPublicKey,
  importSealKey,
  open,
  seal,
  sha256,
} from '#primitives'
import { concat, equalBytes, utf8 } from './encoding.ts'
import { KeyError } from './errors.ts'
import { HEADER_BYTES, parseHeader } from './header.ts'
import type { Initiation } from './initiation.ts'
import { parseInitiation } from './initiation.ts'
import type { Bytes, DhPrivateKey, DhPublicKey, KeyPair, Maybe, SealKey } from './keys.ts'
import { NONCE_BYTES, wipe } from './keys.ts'
import { INITIATION_BUCKET_BYTES, MAX_EPOCH } from './limits.ts'
import type { MessageContent } from './message.ts'
import { encodeContent } from './message.ts'
import { BUCKETS, bucketFor, pad } from './padding.ts'
import type { RatchetMessage } from './ratchet.ts'
import { ratchetSeal } from './ratchet.ts'
import type { DeviceAddress, Session, SessionMessage } from './session.ts'

const VERSION = 1
const KEY_1 = utf8('plasma/1/seal-1')
const KEY_2 = utf8('plasma/1/seal-2')
const ZERO_SALT = new Uint8Array(32)
/** Allowed only because each of these keys seals once. */
const ZERO_NONCE = new Uint8Array(NONCE_BYTES)
const TAG_BYTES = 16
const LAYER_1_AT = 33
/** Account 32, Device 16, epoch 4. */
const SENDER_BYTES = 52

/** Own Device as the seal needs it. */
export interface SealingDevice extends DeviceAddress {
  readonly dh: KeyPair<DhPrivateKey>
}

const pairSecret: unique symbol = Symbol('pairSecret')

/** DH(dhA, dhB) of two Devices, the same on both sides and for ever: worth keeping in memory, never on disk. */
export interface PairSecret {
  readonly [pairSecret]: Bytes
  readonly peer: DhPublicKey
}

/** Null for a public key that is non-canonical or of low order. */
export async function makePairSecret(own: SealingDevice, peerDhPub: Bytes): Promise<PairSecret | null> {
  const peer = await importDhPublicKey(peerDhPub)
  const secret = peer && (await dh(own.dh.privateKey, peer))
  return peer && secret ? { [pairSecret]: secret, peer } : null
}

/**
 * Seals a Message for one Device: pads, advances the Ratchet, and repeats the Initiation until it is answered.
 *
 * @param peer - as the verified chain names it.
 * @param pair - `makePairSecret` of the two, if the caller keeps it.
 * @returns the Session to be stored in the transaction that stores the Envelope, before it is posted.
 */
export async function sealEnvelope(input: {
  readonly own: SealingDevice
  readonly peer: { readonly deviceId: Bytes; readonly dhPub: Bytes }
  readonly session: Session
  readonly content: MessageContent
  readonly pair?: PairSecret
}): Promise<{ session: Session; envelope: Bytes }> {
  return sealEnvelopeWith({ ...input, ephemeral: generateDhKeyPair() })
}

/** `sealEnvelope` with its random values given, for vectors. `nonce` is that of the Ratchet. */
export async function sealEnvelopeWith(
  input: SealInput & { readonly content: MessageContent; readonly nonce?: Bytes },
): Promise<{ session: Session; envelope: Bytes }> {
  const { session, content, nonce } = input
  const frame = encodeContent(content)
  const { made, envelope } = await sealAround(input, frame, (text) =>
    ratchetSeal(session.ratchet, session, text, nonce),
  )
  return { session: { ...session, ratchet: made.state }, envelope }
}

/** What an Envelope is made with. */
export interface SealInput {
  readonly own: SealingDevice
  readonly peer: { readonly deviceId: Bytes; readonly dhPub: Bytes }
  readonly session: Session
  readonly pair?: PairSecret
  readonly ephemeral: Maybe<KeyPair<DhPrivateKey>>
}

/** Pads a frame, lets `make` seal it for the Session, and puts both layers around. */
export async function sealAround<M extends { readonly message: RatchetMessage }>(
  input: SealInput,
  frame: Bytes,
  make: (text: Bytes) => Promise<M>,
): Promise<{ made: M; envelope: Bytes }> {
  const { own, peer, session } = input
  const handshake = initiationField(session.pendingInitiation)
  const sender = senderField(own, session)
  const framing = LAYER_1_AT + sender.length + handshake.length + HEADER_BYTES + NONCE_BYTES + 3 * TAG_BYTES
  const text = padToBucket(frame, framing, session.pendingInitiation !== null)
  const [made, outside] = await Promise.all([make(text), sealOutside(own, peer, sender, input)])
  const { header, sealed } = made.message
  const inside = concat(handshake, header.bytes, sealed)
  const layer2 = await seal(outside.key, ZERO_NONCE, outside.aad, inside)
  return { made, envelope: concat(outside.bytes, layer2) }
}

/** Everything before layer 2, and the key and associated data that layer 2 is sealed with. */
async function sealOutside(
  own: SealingDevice,
  peer: { readonly deviceId: Bytes; readonly dhPub: Bytes },
  sender: Bytes,
  keys: { readonly ephemeral: Maybe<KeyPair<DhPrivateKey>>; readonly pair?: PairSecret },
): Promise<{ bytes: Bytes; key: SealKey; aad: Bytes }> {
  const ephemeral = await keys.ephemeral
  const shared = keys.pair ?? (await makePairSecret(own, peer.dhPub))
  const secret = shared && (await dh(ephemeral.privateKey, shared.peer))
  if (!secret) throw new KeyError('not a key to seal for')
  const aad = concat(Uint8Array.of(VERSION), peer.deviceId)
  const publics = concat(ephemeral.publicKey, peer.dhPub, own.dh.publicKey)
  const [first, key] = await Promise.all([
    firstKey(secret, ephemeral.publicKey, peer.dhPub),
    secondKey(secret, shared, publics),
  ])
  wipe(secret)
  const layer1 = await seal(first, ZERO_NONCE, aad, sender)
  const bytes = concat(Uint8Array.of(VERSION), ephemeral.publicKey, layer1)
  return { bytes, key, aad: concat(aad, await sha256(layer1)) }
}

/** Layer 1 opened. Nothing in it is believed before layer 2 opens. */
export interface Outer {
  readonly sender: DeviceAddress
  readonly epoch: number
  /** The key that an Initiation claims for its sender; null in every other Envelope. */
  readonly dhPubA: Bytes | null
  readonly ephemeral: Bytes
  readonly ephemeralSecret: Bytes
  readonly layer1: Bytes
  readonly layer2: Bytes
}

export type OuterResult =
  | { readonly ok: true; readonly outer: Outer }
  | { readonly ok: false; readonly failure: 'not_for_us' | 'unknown_version' }

/** Opens layer 1. `not_for_us` is counted and acknowledged, never asked for again. */
export async function openOuter(input: {
  readonly own: SealingDevice
  readonly envelope: Bytes
}): Promise<OuterResult> {
  const { own, envelope } = input
  if (envelope[0] !== VERSION) return { ok: false, failure: 'unknown_version' }
  if (!BUCKETS.includes(envelope.length)) return { ok: false, failure: 'not_for_us' }
  const ephemeral = envelope.slice(1, LAYER_1_AT)
  const ephemeralSecret = await dh(own.dh.privateKey, ephemeral)
  if (!ephemeralSecret) return { ok: false, failure: 'not_for_us' }
  const key = await firstKey(ephemeralSecret, ephemeral, own.dh.publicKey)
  const aad = concat(Uint8Array.of(VERSION), own.deviceId)
  // Its two lengths are not told apart from outside, so that the API does not see which Envelopes are Initiations.
  for (const length of [SENDER_BYTES + TAG_BYTES, SENDER_BYTES + 32 + TAG_BYTES]) {
    const layer1 = envelope.slice(LAYER_1_AT, LAYER_1_AT + length)
    const opened = await open(key, ZERO_NONCE, aad, layer1)
    const sender = opened && parseSender(opened)
    if (!sender) continue
    const layer2 = envelope.slice(LAYER_1_AT + length)
    return { ok: true, outer: { ...sender, ephemeral, ephemeralSecret, layer1, layer2 } }
  }
  return { ok: false, failure: 'not_for_us' }
}

/** Layer 2 opened: its sender is the Device that `senderDhPub` belongs to. */
export interface Inner extends SessionMessage {
  readonly initiation: Initiation | null
}

export type InnerResult =
  | { readonly ok: true; readonly inner: Inner }
  | { readonly ok: false; readonly failure: 'not_for_us' | 'unknown_version' | 'bad_encoding' }

/**
 * Opens layer 2.
 *
 * @param senderDhPub - from the verified chain; for an unknown Device `outer.dhPubA`, provisional until `verifySender`.
 */
export async function openInner(input: {
  readonly own: SealingDevice
  readonly outer: Outer
  readonly senderDhPub: Bytes
  readonly pair?: PairSecret
}): Promise<InnerResult> {
  const { own, outer, senderDhPub } = input
  if (outer.dhPubA && !equalBytes(outer.dhPubA, senderDhPub)) return { ok: false, failure: 'not_for_us' }
  const pair = input.pair ?? (await makePairSecret(own, senderDhPub))
  if (!pair) return { ok: false, failure: 'not_for_us' }
  const publics = concat(outer.ephemeral, own.dh.publicKey, senderDhPub)
  const [key, digest] = await Promise.all([
    secondKey(outer.ephemeralSecret, pair, publics),
    sha256(outer.layer1),
  ])
  const aad = concat(Uint8Array.of(VERSION), own.deviceId, digest)
  const opened = await open(key, ZERO_NONCE, aad, outer.layer2)
  return opened ? parseInner(outer, opened) : { ok: false, failure: 'not_for_us' }
}

function parseInner(outer: Outer, bytes: Bytes): InnerResult {
  const { sender, epoch } = outer
  const start = outer.dhPubA ? 2 + readLength(bytes) : 0
  const handshake = outer.dhPubA ? parseInitiation(bytes.subarray(2, start)) : null
  if (handshake && !handshake.ok) return handshake
  const parsed = parseHeader(bytes.subarray(start))
  if (!parsed.ok) return parsed
  const sealed = bytes.subarray(start + HEADER_BYTES)
  const initiation = handshake?.initiation ?? null
  return { ok: true, inner: { sender, epoch, initiation, header: parsed.header, sealed } }
}

/** k1 = HKDF(DH(eph, dhB), salt 0³², "plasma/1/seal-1" ‖ eph ‖ dhB, 32). */
async function firstKey(ephemeralSecret: Bytes, ephemeral: Bytes, recipient: Bytes): Promise<SealKey> {
  return sealKey(ephemeralSecret, concat(KEY_1, ephemeral, recipient))
}

/** k2 = HKDF(DH(eph, dhB) ‖ DH(dhA, dhB), salt 0³², "plasma/1/seal-2" ‖ eph ‖ dhB ‖ dhA, 32). */
async function secondKey(ephemeralSecret: Bytes, pair: PairSecret, publics: Bytes): Promise<SealKey> {
  return sealKey(concat(ephemeralSecret, pair[pairSecret]), concat(KEY_2, publics))
}

async function sealKey(secret: Bytes, info: Bytes): Promise<SealKey> {
  const bytes = await hkdf(secret, ZERO_SALT, info, 32)
  const key = await importSealKey(bytes)
  wipe(bytes)
  return key
}

/** Account ‖ Device ‖ epoch, and in an Initiation the sender's dhPub. */
function senderField(own: SealingDevice, session: Session): Bytes {
  const epoch = new Uint8Array(4)
  new DataView(epoch.buffer).setUint32(0, session.epoch)
  const claimed = session.pendingInitiation ? [own.dh.publicKey] : []
  return concat(own.accountId, own.deviceId, epoch, ...claimed)
}

function parseSender(bytes: Bytes): Pick<Outer, 'sender' | 'epoch' | 'dhPubA'> | null {
  const epoch = new DataView(bytes.buffer, bytes.byteOffset).getUint32(48)
  if (epoch < 1 || epoch > MAX_EPOCH) return null
  const sender = { accountId: bytes.slice(0, 32), deviceId: bytes.slice(32, 48) }
  return { sender, epoch, dhPubA: bytes.length > SENDER_BYTES ? bytes.slice(SENDER_BYTES) : null }
}

/** Nothing, or length 2 ‖ Initiation. */
function initiationField(initiation: Bytes | null): Bytes {
  if (!initiation) return new Uint8Array(0)
  return concat(Uint8Array.of(initiation.length >> 8, initiation.length & 0xff), initiation)
}

function readLength(bytes: Bytes): number {
  return ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)
}

function padToBucket(frame: Bytes, framing: number, initiates: boolean): Bytes {
  const bucket = bucketFor(framing + frame.length + 1, initiates ? INITIATION_BUCKET_BYTES : undefined)
  if (bucket === null) throw new RangeError('larger than the largest bucket')
  return pad(frame, bucket - framing)
}
