/** The handshake part of a first Envelope: E([1, headA, headB, spkId, opkId, kpkId, ct, ekA, linkId, reply, entries]). SPEC, section "Initiation". */
import { makeEntries, parseEntries } from './bodies.ts'
import { activeDevice } from './deviceList.ts'
import type { LinkId } from './contactLink.ts'
import type { CborValue } from './encoding.ts'
import { EncodingError, decode, encode, equalBytes } from './encoding.ts'
import type { Bytes } from './keys.ts'
import { KEM_CIPHERTEXT_BYTES } from './limits.ts'
import { encodeHead, parseHead } from './message.ts'
import { asBytes, asTuple, asUint } from './shape.ts'
import type { ChainFailure, ChainHead, ChainResult, SignedEntry, Sigchain } from './sigchain.ts'
import { extendChain, verifyChain } from './sigchain.ts'
import type { DeviceAddress } from './session.ts'

export interface Initiation {
  /** The initiator's own head; `entries` end there. */
  readonly headA: ChainHead
  /** The responder's head as the initiator verified it. */
  readonly headB: ChainHead
  readonly signedPreKeyId: Bytes
  readonly oneTimeId: Bytes | null
  readonly kemId: Bytes
  readonly kemCiphertext: Bytes
  readonly ephemeral: Bytes
  /** Which ContactLink a first contact came by: null when none, and in later Sessions of the pair. */
  readonly linkId: LinkId | null
  /** A capability to answer by, 32 bytes. */
  readonly replyCapability: Bytes | null
  /** The initiator's whole chain, from genesis. Not verified yet. */
  readonly entries: readonly SignedEntry[]
}

/** A peer's Device as a verified chain names it, and the head of that chain. */
export interface PeerDevice extends DeviceAddress {
  readonly dhPub: Bytes
  readonly caps: Bytes
  readonly head: ChainHead
}

export type InitiationResult =
  | { readonly ok: true; readonly initiation: Initiation }
  | { readonly ok: false; readonly failure: 'unknown_version' | 'bad_encoding' }

export function encodeInitiation(initiation: Initiation): Bytes {
  const { headA, headB, linkId } = initiation
  return encode([
    1,
    encodeHead(headA),
    encodeHead(headB),
    initiation.signedPreKeyId,
    initiation.oneTimeId,
    initiation.kemId,
    initiation.kemCiphertext,
    initiation.ephemeral,
    linkId,
    initiation.replyCapability,
    makeEntries(initiation),
  ])
}

export function parseInitiation(bytes: Bytes): InitiationResult {
  const fields = decodeFields(bytes)
  if (fields && asUint(fields[0]) !== null && fields[0] !== 1)
    return { ok: false, failure: 'unknown_version' }
  const initiation = asTuple(fields ?? undefined, 11) && parseFields(fields ?? [])
  return initiation ? { ok: true, initiation } : { ok: false, failure: 'bad_encoding' }
}

export type SenderResult =
  | { readonly ok: true; readonly peer: PeerDevice; readonly chain: Sigchain }
  | { readonly ok: false; readonly failure: ChainFailure }

/**
 * Verifies the chain that an Initiation carries, before anything of its sender is believed.
 *
 * @param known - the chain of this Account as kept so far, null at first contact.
 * @returns `peer` as of `headA`, which the handshake covers, and `chain`, the longer of the two. Fails with `not_active`
 * unless the Device, with exactly `dhPub`, is active in both; `fork` when the two contradict each other.
 */
export async function verifySender(input: {
  readonly sender: DeviceAddress
  readonly dhPub: Bytes
  readonly initiation: Initiation
  readonly known: Sigchain | null
}): Promise<SenderResult> {
  const { sender, dhPub, initiation, known } = input
  const sent = await verifyChain(sender.accountId, initiation.entries)
  if (!sent.ok) return { ok: false, failure: sent.failure }
  if (sent.chain.suspended) return { ok: false, failure: 'unknown_version' }
  const { head } = sent.chain
  if (head.seq !== initiation.headA.seq || !equalBytes(head.hash, initiation.headA.hash)) {
    return { ok: false, failure: 'bad_sequence' }
  }
  const newest = known ? await newerOf(known, initiation.entries) : sent
  if (!newest.ok) return { ok: false, failure: newest.failure }
  const device = activeDevice(sent.chain, sender.deviceId)
  const isCurrent = activeDevice(newest.chain, sender.deviceId) !== null
  if (!device || !isCurrent || !equalBytes(device.dhPub, dhPub)) return { ok: false, failure: 'not_active' }
  return { ok: true, peer: { ...sender, dhPub, caps: device.caps, head }, chain: newest.chain }
}

/** An old Envelope ends before the known head, which is no failure here. */
async function newerOf(known: Sigchain, entries: readonly SignedEntry[]): Promise<ChainResult> {
  const extended = await extendChain(known, entries)
  return !extended.ok && extended.failure === 'rolled_back' ? { ok: true, chain: known } : extended
}

function decodeFields(bytes: Bytes): readonly CborValue[] | null {
  try {
    const value = decode(bytes)
    return Array.isArray(value) ? value : null
  } catch (error) {
    if (error instanceof EncodingError) return null
    throw error
  }
}

function parseFields(fields: readonly CborValue[]): Initiation | null {
  const [, first, second, spk, opk, kpk, ct, ek, linkField, reply, chain] = fields
  const headA = parseHead(first)
  const headB = parseHead(second)
  const signedPreKeyId = asBytes(spk, 16)
  const oneTimeId = asBytes(opk, 16)
  const kemId = asBytes(kpk, 16)
  const kemCiphertext = asBytes(ct, KEM_CIPHERTEXT_BYTES)
  const ephemeral = asBytes(ek, 32)
  const linkId = parseLink(linkField)
  const replyCapability = asBytes(reply, 32)
  const entries = parseEntries(chain)?.entries
  if (!headA || !headB || !signedPreKeyId || !kemId || !kemCiphertext || !ephemeral || !entries) return null
  if ((!oneTimeId && opk !== null) || (!linkId && linkField !== null) || (!replyCapability && reply !== null))
    return null
  const keys = { signedPreKeyId, oneTimeId, kemId, kemCiphertext, ephemeral }
  return { headA, headB, ...keys, linkId, replyCapability, entries }
}

function parseLink(value: CborValue | undefined): LinkId | null {
  const pair = asTuple(value, 2)
  const id = asBytes(pair?.[1], 16)
  const kind = pair?.[0]
  return id && (kind === 0 || kind === 1) ? [kind, id] : null
}
