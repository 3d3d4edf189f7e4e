/**
 * The handshake: both sides derive one Session from their Devices' keys, prekeys and one KEM secret. SPEC, section "Handshake".
 *
 * @see PQXDH, revision 3, section 3
 */
import { dh, decapsulate, encapsulate, generateDhKeyPair, hkdf, importDhPublicKey, sha256 } from '#primitives'
import type { LinkId } from './contactLink.ts'
import { activeDevice } from './deviceList.ts'
import { concat, encode, equalBytes, utf8 } from './encoding.ts'
import { KeyError } from './errors.ts'
import type { Initiation, PeerDevice } from './initiation.ts'
import { encodeInitiation } from './initiation.ts'
import type { Bytes, DhPrivateKey, KemPrivateKey, KeyPair } from './keys.ts'
import { wipe } from './keys.ts'
import { encodeHead } from './message.ts'
import type { SignedPrekey, VerifiedBundle } from './prekeys.ts'
import { initiatorRatchet, responderRatchet } from './ratchet.ts'
import type { Inner, SealingDevice } from './seal.ts'
import type { OpenFailure, OpenMessageResult, Session } from './session.ts'
import { openMessage } from './session.ts'
import type { ChainHead, SignedEntry, Sigchain } from './sigchain.ts'
import { compareHead, verifyChain } from './sigchain.ts'
import { NO_SKIPPED_KEYS } from './skipped.ts'

const SECRET = utf8('plasma/1/handshake-secret')
const ROOT = utf8('plasma/1/handshake-root')
const SID = utf8('plasma/1/handshake-sid')
const ZERO_32 = new Uint8Array(32)
/** Before the Diffie-Hellman results: no X25519 key encodes to it, so this input is none of XEdDSA's. */
const DOMAIN = new Uint8Array(32).fill(0xff)

/** Own Device: its keys and its Account's verified chain, with the Entries that it was verified from. */
export interface OwnDevice extends SealingDevice {
  readonly chain: Sigchain
  readonly entries: readonly SignedEntry[]
}

/** The ContactLink of a first contact. `psk` is 32 bytes exactly when the link is one-time. */
export interface LinkUse {
  readonly linkId: LinkId
  readonly psk: Bytes | null
}

/** As much of an own prekey as is kept. */
export interface KeptPrekey<P> {
  readonly prekey: Pick<SignedPrekey, 'prekeyId' | 'key'>
  readonly privateKey: P
}

/** The own prekeys that an Initiation names; null where it is not kept any more. */
export interface OwnPrekeys {
  readonly signedPreKey: KeptPrekey<DhPrivateKey> | null
  readonly oneTime: KeptPrekey<DhPrivateKey> | null
  readonly kem: KeptPrekey<KemPrivateKey> | null
}

interface StartInput {
  readonly own: OwnDevice
  readonly peer: PeerDevice
  readonly bundle: VerifiedBundle
  readonly epoch: number
  readonly link: LinkUse | null
  readonly replyCapability: Bytes | null
}

/** The random values of an initiator. */
export interface StartRandom {
  readonly ephemeral: KeyPair<DhPrivateKey>
  readonly ratchet: KeyPair<DhPrivateKey>
  readonly encapsulated: { readonly ciphertext: Bytes; readonly secret: Bytes }
}

/**
 * Starts a Session with one Device. Its Envelopes carry the Initiation until one is received.
 *
 * @param bundle - from `verifyBundle`, which refused bad keys and signatures; a bad key here throws, and so does the own Device as peer.
 * @param epoch - from `nextEpoch`.
 */
export async function startSession(input: StartInput): Promise<Session> {
  const encapsulated = await encapsulate(input.bundle.kem.key)
  if (!encapsulated) throw new KeyError('not a KEM key')
  const [ephemeral, ratchet] = await Promise.all([generateDhKeyPair(), generateDhKeyPair()])
  return startSessionWith(input, { ephemeral, ratchet, encapsulated })
}

/** `startSession` with its random values given, for vectors. */
export async function startSessionWith(input: StartInput, random: StartRandom): Promise<Session> {
  const { own, peer, bundle, epoch, link } = input
  if (equalBytes(own.deviceId, peer.deviceId)) throw new KeyError('a Device has no Session with itself')
  if (!equalBytes(bundle.deviceId, peer.deviceId)) throw new KeyError('a bundle of another Device')
  const initiation = makeInitiation(input, random)
  const transcript = await hashTranscript({
    initiator: {
      ...own,
      dhPub: own.dh.publicKey,
      caps: capsOf(own.chain, own.deviceId),
      head: own.chain.head,
    },
    responder: peer,
    initiation,
    signedPreKey: bundle.signedPreKey.key,
    oneTime: bundle.oneTime?.key ?? null,
    kem: bundle.kem.key,
    epoch,
  })
  const signedPreKey = await importDhPublicKey(bundle.signedPreKey.key)
  if (!signedPreKey) throw new KeyError('not a key to agree with')
  const shared = await Promise.all([
    dh(own.dh.privateKey, signedPreKey),
    dh(random.ephemeral.privateKey, peer.dhPub),
    dh(random.ephemeral.privateKey, signedPreKey),
    ...(bundle.oneTime ? [dh(random.ephemeral.privateKey, bundle.oneTime.key)] : []),
  ])
  const keys = await deriveKeys(shared, random.encapsulated.secret, link?.psk ?? null, transcript)
  const state = keys && (await initiatorRatchet(keys.rootKey, random.ratchet, signedPreKey))
  if (!keys || !state) throw new KeyError('not a key to agree with')
  const ad = await hashDevices(own, peer, keys.sid)
  const { accountId, deviceId } = peer
  const pendingInitiation = encodeInitiation(initiation)
  return { sid: keys.sid, epoch, peer: { accountId, deviceId }, ad, ratchet: state, pendingInitiation }
}

export type AcceptFailure =
  | 'self_session'
  /** A prekey that is not kept: used, expired or never made here. */
  | 'unknown_prekey'
  | 'bad_key'
  | 'bad_kem'
  /** The initiator saw a head of this Account that is not on the own chain. */
  | 'unknown_head'
  /** A one-time link whose secret is not here. */
  | 'unknown_link'

export type AcceptResult =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly failure: AcceptFailure }

interface AcceptInput {
  readonly own: OwnDevice
  readonly peer: PeerDevice
  readonly epoch: number
  readonly initiation: Initiation
  readonly prekeys: OwnPrekeys
  readonly psk: Bytes | null
}

/**
 * The responder's Session, a candidate until the first message in it opens: use `openInitiation`.
 *
 * @param peer - from `verifySender`: as of the Initiation's `headA`.
 * @param prekeys - looked up by the ids in the Initiation.
 * @param psk - of the link, 32 bytes, when it is one-time and known.
 */
export async function acceptInitiation(input: AcceptInput): Promise<AcceptResult> {
  const { own, peer, epoch, initiation } = input
  if (equalBytes(own.deviceId, peer.deviceId)) return failed('self_session')
  const caps = await capsAt(own, initiation.headB)
  if (!caps) return failed('unknown_head')
  if ((initiation.linkId?.[0] === 1) !== (input.psk !== null)) return failed('unknown_link')
  const prekeys = matchPrekeys(initiation, input.prekeys)
  if (!prekeys) return failed('unknown_prekey')
  const kemSecret = await decapsulate(prekeys.kem.privateKey, initiation.kemCiphertext)
  if (!kemSecret) return failed('bad_kem')
  const transcript = await hashTranscript({
    initiator: peer,
    responder: { ...own, dhPub: own.dh.publicKey, caps, head: initiation.headB },
    initiation,
    signedPreKey: prekeys.signedPreKey.prekey.key,
    oneTime: prekeys.oneTime?.prekey.key ?? null,
    kem: prekeys.kem.prekey.key,
    epoch,
  })
  const ephemeral = await importDhPublicKey(initiation.ephemeral)
  if (!ephemeral) return failed('bad_key')
  const shared = await Promise.all([
    dh(prekeys.signedPreKey.privateKey, peer.dhPub),
    dh(own.dh.privateKey, ephemeral),
    dh(prekeys.signedPreKey.privateKey, ephemeral),
    ...(prekeys.oneTime ? [dh(prekeys.oneTime.privateKey, ephemeral)] : []),
  ])
  const keys = await deriveKeys(shared, kemSecret, input.psk, transcript)
  if (!keys) return failed('bad_key')
  const { sid, rootKey } = keys
  const { accountId, deviceId } = peer
  const ad = await hashDevices(peer, own, sid)
  const { prekey, privateKey } = prekeys.signedPreKey
  const ratchet = responderRatchet(rootKey, { publicKey: prekey.key, privateKey })
  return {
    ok: true,
    session: { sid, epoch, peer: { accountId, deviceId }, ad, ratchet, pendingInitiation: null },
  }
}

export type OpenInitiationResult =
  | Extract<OpenMessageResult, { ok: true }>
  | { readonly ok: false; readonly failure: AcceptFailure | OpenFailure }

/**
 * Accepts an Initiation and opens the message that came with it: a Session comes out only when both succeed.
 *
 * Look `inner.header.sid` up first: a Session or an accepted sid means that this Initiation is not a new one. Delete the one-time
 * prekeys it names in the transaction that stores the Session.
 */
export async function openInitiation(input: {
  readonly own: OwnDevice
  readonly peer: PeerDevice
  readonly inner: Inner & { readonly initiation: Initiation }
  readonly prekeys: OwnPrekeys
  readonly psk: Bytes | null
  readonly hour: number
}): Promise<OpenInitiationResult> {
  const { inner, hour } = input
  const accepted = await acceptInitiation({ ...input, epoch: inner.epoch, initiation: inner.initiation })
  if (!accepted.ok) return accepted
  return openMessage({ session: accepted.session, inner, skipped: NO_SKIPPED_KEYS, hour })
}

function makeInitiation(input: StartInput, random: StartRandom): Initiation {
  const { own, peer, bundle, link, replyCapability } = input
  return {
    headA: own.chain.head,
    headB: peer.head,
    signedPreKeyId: bundle.signedPreKey.prekeyId,
    oneTimeId: bundle.oneTime?.prekeyId ?? null,
    kemId: bundle.kem.prekeyId,
    kemCiphertext: random.encapsulated.ciphertext,
    ephemeral: random.ephemeral.publicKey,
    linkId: link?.linkId ?? null,
    replyCapability,
    entries: own.entries,
  }
}

function matchPrekeys(initiation: Initiation, kept: OwnPrekeys) {
  const { signedPreKey, oneTime, kem } = kept
  if (!signedPreKey || !equalBytes(signedPreKey.prekey.prekeyId, initiation.signedPreKeyId)) return null
  if (!kem || !equalBytes(kem.prekey.prekeyId, initiation.kemId)) return null
  if (!initiation.oneTimeId) return { signedPreKey, oneTime: null, kem }
  return oneTime && equalBytes(oneTime.prekey.prekeyId, initiation.oneTimeId)
    ? { signedPreKey, oneTime, kem }
    : null
}

/** What both sides must agree on. Prekeys are public halves. */
interface Transcript {
  readonly initiator: PeerDevice
  readonly responder: PeerDevice
  readonly initiation: Initiation
  readonly signedPreKey: Bytes
  readonly oneTime: Bytes | null
  readonly kem: Bytes
  readonly epoch: number
}

async function hashTranscript(of: Transcript): Promise<Bytes> {
  const { initiator, responder, initiation } = of
  return sha256(
    encode([
      'plasma/1/handshake',
      1,
      ...encodeParty(initiator),
      ...encodeParty(responder),
      initiation.signedPreKeyId,
      of.signedPreKey,
      initiation.oneTimeId,
      of.oneTime,
      initiation.kemId,
      of.kem,
      initiation.kemCiphertext,
      initiation.ephemeral,
      of.epoch,
      initiation.linkId,
    ]),
  )
}

function encodeParty(party: PeerDevice) {
  return [party.accountId, party.deviceId, party.dhPub, encodeHead(party.head), party.caps]
}

/** AD = H(E([accountA, deviceA, accountB, deviceB, sid, 1])), initiator first. */
async function hashDevices(
  initiator: Pick<PeerDevice, 'accountId' | 'deviceId'>,
  responder: Pick<PeerDevice, 'accountId' | 'deviceId'>,
  sid: Bytes,
): Promise<Bytes> {
  return sha256(
    encode([initiator.accountId, initiator.deviceId, responder.accountId, responder.deviceId, sid, 1]),
  )
}

/** One secret from all inputs, then its expansion with the transcript as salt. Null when a key was bad. Wipes `shared` and `kemSecret`. */
async function deriveKeys(
  shared: readonly (Bytes | null)[],
  kemSecret: Bytes,
  psk: Bytes | null,
  transcript: Bytes,
): Promise<{ rootKey: Bytes; sid: Bytes } | null> {
  const secrets = shared.filter((secret) => secret !== null)
  if (secrets.length !== shared.length) return null
  const ikm = concat(DOMAIN, ...secrets, kemSecret, psk ?? ZERO_32)
  const secret = await hkdf(ikm, ZERO_32, SECRET, 32)
  wipe(ikm, kemSecret, ...secrets)
  const [rootKey, sid] = await Promise.all([
    hkdf(secret, transcript, ROOT, 32),
    hkdf(secret, transcript, SID, 16),
  ])
  wipe(secret)
  return { rootKey, sid }
}

function capsOf(chain: Sigchain, deviceId: Bytes): Bytes {
  const device = activeDevice(chain, deviceId)
  if (!device) throw new KeyError('the own Device is not active')
  return device.caps
}

/** The own capabilities as they stood at a head of the own chain; null for a head that is not on it, or knows no such Device. */
async function capsAt(own: OwnDevice, head: ChainHead): Promise<Bytes | null> {
  const place = compareHead(own.chain, head)
  if (place === 'same') return activeDevice(own.chain, own.deviceId)?.caps ?? null
  if (place !== 'older') return null
  const past = await verifyChain(own.accountId, own.entries.slice(0, head.seq + 1))
  return past.ok ? (activeDevice(past.chain, own.deviceId)?.caps ?? null) : null
}

function failed(failure: AcceptFailure): AcceptResult {
  return { ok: false, failure }
}
