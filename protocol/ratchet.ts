/**
 * The Double Ratchet: state in, state out. Nothing is assigned before a tag verifies, so a forged message cannot move
 * it. SPEC, section "Double Ratchet".
 *
 * @see The Double Ratchet Algorithm, revision 4, sections 3 and 5
 */
import {
  dh,
  generateDhKeyPair,
  hkdf,
  importDhPublicKey,
  importSealKey,
  open,
  randomBytes,
  seal,
} from '#primitives'
import { concat, equalBytes, utf8 } from './encoding.ts'
import type { Header } from './header.ts'
import { makeHeader } from './header.ts'
import type { Bytes, DhPrivateKey, DhPublicKey, KeyPair } from './keys.ts'
import { NONCE_BYTES, wipe } from './keys.ts'
import { MAX_MESSAGE_NUMBER, MAX_RECEIVING_CHAINS, MAX_SKIPPED_KEYS } from './limits.ts'
import type { SkippedKey, SkippedKeys } from './skipped.ts'
import { addSkipped, takeSkipped } from './skipped.ts'

const CHAIN = utf8('plasma/1/chain')
const ROOT = utf8('plasma/1/root')
const ZERO_SALT = new Uint8Array(32)

/** `n` is the number of the next message. Keys are 32 bytes. */
export interface SendingChain {
  readonly chainKey: Bytes
  readonly typingKey: Bytes
  readonly n: number
}

/** A chain whose `chainKey` is null is closed: its sender left it, `n` is its length, and what is missing of it is skipped keys. */
export interface ReceivingChain {
  readonly dhPub: Bytes
  readonly chainKey: Bytes | null
  readonly typingKey: Bytes
  readonly n: number
}

export interface RatchetState {
  readonly rootKey: Bytes
  /** Own Ratchet key pair. */
  readonly pair: KeyPair<DhPrivateKey>
  /** Null in a responder until the first message opens. */
  readonly sending: SendingChain | null
  /** Messages in the previous sending chain. */
  readonly previous: number
  /** Newest first. */
  readonly receiving: readonly ReceivingChain[]
}

/** What the tag of a message covers besides its text: 32 bytes that name both Devices and the Session. */
export interface RatchetContext {
  readonly sid: Bytes
  readonly ad: Bytes
}

/** `sealed` is nonce 12 ‖ ciphertext ‖ tag 16. */
export interface RatchetMessage {
  readonly header: Header
  readonly sealed: Bytes
}

export type RatchetFailure = 'forged' | 'used_key' | 'gap_too_large'

export type RatchetOpened =
  | {
      readonly ok: true
      readonly state: RatchetState
      readonly skipped: SkippedKeys
      readonly plaintext: Bytes
    }
  | { readonly ok: false; readonly failure: RatchetFailure }

/** The initiator's state: he knows the first Ratchet key of the other side, its signed prekey. */
export async function initiatorRatchet(
  rootKey: Bytes,
  pair: KeyPair<DhPrivateKey>,
  signedPreKey: DhPublicKey,
): Promise<RatchetState | null> {
  const secret = await dh(pair.privateKey, signedPreKey)
  if (!secret) return null
  const step = await rootStep(rootKey, secret)
  return { rootKey: step.rootKey, pair, sending: sendingOf(step), previous: 0, receiving: [] }
}

/** The responder's state before the first message: his Ratchet key is the signed prekey. */
export function responderRatchet(rootKey: Bytes, signedPreKey: KeyPair<DhPrivateKey>): RatchetState {
  return { rootKey, pair: signedPreKey, sending: null, previous: 0, receiving: [] }
}

/**
 * Seals one plaintext under the next MessageKey of the sending chain.
 *
 * @param nonce - 12 random bytes; drawn although each key is used once, because a state may come back from a copy.
 */
export async function ratchetSeal(
  state: RatchetState,
  context: RatchetContext,
  plaintext: Bytes,
  nonce: Bytes = randomBytes(NONCE_BYTES),
): Promise<{ state: RatchetState; message: RatchetMessage }> {
  const { sending, pair, previous } = state
  if (!sending || sending.n >= MAX_MESSAGE_NUMBER) throw new RangeError('no sending chain')
  const { chainKey, messageKey } = await chainStep(sending.chainKey)
  const header = makeHeader({ sid: context.sid, dhPub: pair.publicKey, pn: previous, n: sending.n })
  const key = await importSealKey(messageKey)
  wipe(messageKey)
  const sealed = concat(nonce, await seal(key, nonce, concat(context.ad, header.bytes), plaintext))
  return {
    state: { ...state, sending: { ...sending, chainKey, n: sending.n + 1 } },
    message: { header, sealed },
  }
}

/**
 * Opens one message, in whatever order it comes.
 *
 * @param hour - stored with the keys that this message skips.
 * @returns on failure nothing but the word: `state` and `skipped` are still what is true.
 */
export async function ratchetOpen(
  state: RatchetState,
  context: RatchetContext,
  message: RatchetMessage,
  skipped: SkippedKeys,
  hour: number,
): Promise<RatchetOpened> {
  const { header } = message
  const chain = state.receiving.find((known) => equalBytes(known.dhPub, header.dhPub))
  const taken = !chain || header.n < chain.n ? takeSkipped(skipped, header) : null
  if (taken) {
    const plaintext = await openWith(taken.key.messageKey, context, message)
    return plaintext ? { ok: true, state, skipped: taken.rest, plaintext } : failed('forged')
  }
  if (!chain) return openInNewChain(state, context, message, skipped, hour)
  if (header.n < chain.n) return failed('used_key')
  return openInChain(state, chain, context, message, skipped, hour)
}

async function openInChain(
  state: RatchetState,
  chain: ReceivingChain,
  context: RatchetContext,
  message: RatchetMessage,
  skipped: SkippedKeys,
  hour: number,
): Promise<RatchetOpened> {
  const { header } = message
  if (!chain.chainKey) return failed('forged')
  if (header.n - chain.n > MAX_SKIPPED_KEYS) return failed('gap_too_large')
  const gap = await skipTo(chain.chainKey, chain, header.n, { sid: context.sid, storedHour: hour })
  const { chainKey, messageKey } = await chainStep(gap.chainKey)
  const plaintext = await openWith(messageKey, context, message)
  wipe(messageKey)
  if (!plaintext) return failed('forged')
  const moved = { ...chain, chainKey, n: header.n + 1 }
  const receiving = state.receiving.map((known) => (known === chain ? moved : known))
  return { ok: true, state: { ...state, receiving }, skipped: addSkipped(skipped, gap.keys), plaintext }
}

/** The other side took a Diffie-Hellman step: closes the newest chain at `pn`, opens the new one, answers with an own step. */
async function openInNewChain(
  state: RatchetState,
  context: RatchetContext,
  message: RatchetMessage,
  skipped: SkippedKeys,
  hour: number,
): Promise<RatchetOpened> {
  const { header } = message
  const last = state.receiving[0]
  const left = last ? Math.max(header.pn - last.n, 0) : 0
  if (left + header.n > MAX_SKIPPED_KEYS) return failed('gap_too_large')
  const theirs = await importDhPublicKey(header.dhPub)
  const secret = theirs && (await dh(state.pair.privateKey, theirs))
  if (!secret) return failed('forged')
  const row = { sid: context.sid, storedHour: hour }
  // The own pair is drawn meanwhile: in a browser each of these waits for another thread.
  const [received, pair] = await Promise.all([
    receiveFirst(await rootStep(state.rootKey, secret), context, message, row),
    generateDhKeyPair(),
  ])
  if (!received) return failed('forged')
  const [closed, next] = await Promise.all([
    last && closeChain(last, header.pn, row),
    ownStep(state, received.rootKey, pair, theirs),
  ])
  if (!next) return failed('forged')
  const receiving = [received.chain, ...(closed ? [closed.chain] : []), ...state.receiving.slice(1)]
  return {
    ok: true,
    state: { ...next, receiving: receiving.slice(0, MAX_RECEIVING_CHAINS) },
    skipped: addSkipped(skipped, [...(closed?.keys ?? []), ...received.keys]),
    plaintext: received.plaintext,
  }
}

/** The first message that came of a new chain; null when its tag does not verify. */
async function receiveFirst(
  step: RootStep,
  context: RatchetContext,
  message: RatchetMessage,
  row: Pick<SkippedKey, 'sid' | 'storedHour'>,
) {
  const { dhPub, n } = message.header
  const gap = await skipTo(step.chainKey, { dhPub, n: 0 }, n, row)
  const { chainKey, messageKey } = await chainStep(gap.chainKey)
  const plaintext = await openWith(messageKey, context, message)
  wipe(messageKey)
  if (!plaintext) return null
  const chain = { dhPub, chainKey, typingKey: step.typingKey, n: n + 1 }
  return { rootKey: step.rootKey, chain, keys: gap.keys, plaintext }
}

/** The sending chain that a new own Ratchet key pair opens. */
async function ownStep(
  state: RatchetState,
  rootKey: Bytes,
  pair: KeyPair<DhPrivateKey>,
  theirs: DhPublicKey,
): Promise<Omit<RatchetState, 'receiving'> | null> {
  const secret = await dh(pair.privateKey, theirs)
  if (!secret) return null
  const step = await rootStep(rootKey, secret)
  return { rootKey: step.rootKey, pair, sending: sendingOf(step), previous: state.sending?.n ?? 0 }
}

function sendingOf({ chainKey, typingKey }: RootStep): SendingChain {
  return { chainKey, typingKey, n: 0 }
}

async function closeChain(
  chain: ReceivingChain,
  length: number,
  row: Pick<SkippedKey, 'sid' | 'storedHour'>,
): Promise<{ chain: ReceivingChain; keys: readonly SkippedKey[] }> {
  const n = Math.max(chain.n, length)
  const keys = chain.chainKey ? (await skipTo(chain.chainKey, chain, n, row)).keys : []
  return { chain: { ...chain, chainKey: null, n }, keys }
}

/** Moves a chain to number `n` and gives the keys in between. */
async function skipTo(
  chainKey: Bytes,
  from: Pick<ReceivingChain, 'dhPub' | 'n'>,
  n: number,
  row: Pick<SkippedKey, 'sid' | 'storedHour'>,
): Promise<{ chainKey: Bytes; keys: readonly SkippedKey[] }> {
  const keys: SkippedKey[] = []
  for (let at = from.n; at < n; at += 1) {
    const step = await chainStep(chainKey)
    chainKey = step.chainKey
    keys.push({ ...row, dhPub: from.dhPub, n: at, messageKey: step.messageKey })
  }
  return { chainKey, keys }
}

/** ck' ‖ mk = HKDF(ck, salt 0³², "plasma/1/chain", 64). */
async function chainStep(chainKey: Bytes): Promise<{ chainKey: Bytes; messageKey: Bytes }> {
  const [next, messageKey] = parts(await hkdf(chainKey, ZERO_SALT, CHAIN, 64))
  return { chainKey: next, messageKey }
}

/** The typing key of the chain of `dhPub`; for a new chain on a copy that is thrown away. Null when it names no chain to be. */
export async function receivingTypingKey(state: RatchetState, dhPub: Bytes): Promise<Bytes | null> {
  const chain = state.receiving.find((known) => equalBytes(known.dhPub, dhPub))
  if (chain) return chain.typingKey
  const secret = await dh(state.pair.privateKey, dhPub)
  return secret && (await rootStep(state.rootKey, secret)).typingKey
}

interface RootStep {
  readonly rootKey: Bytes
  readonly chainKey: Bytes
  readonly typingKey: Bytes
}

/** rk' ‖ ck ‖ typing key = HKDF(secret, salt rk, "plasma/1/root", 96). Wipes `secret`. */
async function rootStep(rootKey: Bytes, secret: Bytes): Promise<RootStep> {
  const [next, chainKey, typingKey] = parts(await hkdf(secret, rootKey, ROOT, 96))
  wipe(secret)
  return { rootKey: next, chainKey, typingKey }
}

/** Keys of 32 bytes out of one derivation, which is wiped. */
function parts(bytes: Bytes): readonly [Bytes, Bytes, Bytes] {
  const keys = [bytes.slice(0, 32), bytes.slice(32, 64), bytes.slice(64)] as const
  wipe(bytes)
  return keys
}

async function openWith(
  messageKey: Bytes,
  context: RatchetContext,
  message: RatchetMessage,
): Promise<Bytes | null> {
  const { header, sealed } = message
  const key = await importSealKey(messageKey)
  return open(
    key,
    sealed.subarray(0, NONCE_BYTES),
    concat(context.ad, header.bytes),
    sealed.subarray(NONCE_BYTES),
  )
}

function failed(failure: RatchetFailure): RatchetOpened {
  return { ok: false, failure }
}
