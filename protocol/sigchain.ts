/**
 * The Sigchain: which Devices an Account has, verified Entry by Entry. SPEC, section "Sigchain".
 *
 * A Sigchain value only ever holds what was verified. Nothing here trusts an order, a number or a count that an API gave.
 */
import { applyEntry, foundChain, type Step } from './chainRules.ts'
import { equalBytes } from './encoding.ts'
import { decodeBody } from './entry.ts'
import type { Bytes } from './keys.ts'
import { MAX_CHAIN_ENTRIES } from './limits.ts'
import { sha256 } from '#primitives'

export interface ChainHead {
  /** 0 for the genesis. */
  readonly seq: number
  /** H(body) of that Entry, 32 bytes. */
  readonly hash: Bytes
}

/** The signature is not part of the hash: two signatures over one body are one Entry. */
export interface SignedEntry {
  readonly body: Bytes
  readonly signature: Bytes
  /** 64 bytes on `add` and `recover`; on a first `set-recovery` 64 for each other active Device, by ascending deviceId. */
  readonly coSignature?: Bytes
}

export interface DeviceKeys {
  readonly signPub: Bytes
  readonly dhPub: Bytes
  /** Bits of what the Device understands, at most 32 bytes. */
  readonly caps: Bytes
}

export type RevokeReason = 'removed' | 'lost' | 'stolen' | 'recovered'

export interface ChainDevice extends DeviceKeys {
  readonly deviceId: Bytes
  readonly addedSeq: number
  readonly addedHour: number
  /** The Device that signed the `add`; null for a genesis or `recover`. */
  readonly approvedBy: Bytes | null
  readonly revokedSeq: number | null
  readonly revokeReason: RevokeReason | null
}

/** Plain data: it may be stored as it is and given back to `extendChain`. */
export interface Sigchain {
  readonly accountId: Bytes
  readonly head: ChainHead
  /** All that ever were, by `addedSeq`; see `activeDevices`. */
  readonly devices: readonly ChainDevice[]
  /** H(body) of every Entry, by seq. */
  readonly hashes: readonly Bytes[]
  readonly recoveryPub: Bytes | null
  /** Every recovery key that ever was, with the Entry that named it. */
  readonly recoveries: readonly { readonly seq: number; readonly recoveryPub: Bytes | null }[]
  /** Of the last Entry. */
  readonly hour: number
  /** Bodies and signatures. */
  readonly sizeBytes: number
  /**
   * The next Entry is of a version or operation that this release does not know. What was verified before it holds:
   * go on receiving, send nothing, ask for an update. It is no alarm.
   */
  readonly suspended: boolean
  /**
   * H(body) of that Entry when a key of the Account signed it: another in its place is a fork. Null when nobody is known
   * to have signed it; then a true Entry in its place lifts the suspension.
   */
  readonly suspendedBy: Bytes | null
}

export type ChainFailure =
  | 'not_genesis'
  | 'wrong_account'
  | 'bad_encoding'
  | 'bad_sequence'
  | 'bad_signature'
  | 'bad_key'
  | 'key_reused'
  | 'not_active'
  | 'last_device'
  | 'limit'
  /** Two valid Entries with one predecessor: an alarm. Keep both. */
  | 'fork'
  /** The Entries end before the known head. Expected of an old Envelope, an alarm from the API. */
  | 'rolled_back'
  /** The genesis itself is of a later version. */
  | 'unknown_version'

/** On failure `chain` is what had been verified until then, never with the Entry that failed. */
export type ChainResult =
  | { readonly ok: true; readonly chain: Sigchain }
  | { readonly ok: false; readonly failure: ChainFailure; readonly chain?: Sigchain }

/**
 * Verifies a chain from its genesis.
 *
 * @param accountId - 32 bytes that came from a ContactLink or the known Account, never from the answer that brought `entries`.
 */
export async function verifyChain(accountId: Bytes, entries: readonly SignedEntry[]): Promise<ChainResult> {
  const genesis = entries[0]
  if (genesis === undefined) return { ok: false, failure: 'not_genesis' }
  if (entries.length > MAX_CHAIN_ENTRIES) return { ok: false, failure: 'limit' }
  if (!equalBytes(await sha256(genesis.body), accountId)) return { ok: false, failure: 'wrong_account' }
  const founded = await foundChain(genesis)
  if ('failure' in founded) return { ok: false, failure: founded.failure }
  return append(founded.chain, entries.slice(1))
}

/**
 * Verifies Entries on top of a known chain. They may begin anywhere in it: what overlaps is compared by hash.
 *
 * @returns `fork` only for a differing Entry that is valid in its place; one that is merely altered is what it is, and
 * nobody can raise the alarm without a Device's key.
 */
export async function extendChain(chain: Sigchain, entries: readonly SignedEntry[]): Promise<ChainResult> {
  if (entries.length > MAX_CHAIN_ENTRIES) return { ok: false, failure: 'limit', chain }
  let next: number | null = null
  for (const [index, entry] of entries.entries()) {
    const decoded = decodeBody(entry.body)
    const seq: number | null = decoded.ok ? decoded.body.seq : next
    if (seq === null || seq > chain.head.seq) return append(chain, entries.slice(index))
    if (next !== null && seq !== next) return { ok: false, failure: 'bad_sequence', chain }
    if (!equalBytes(await sha256(entry.body), chain.hashes[seq] ?? chain.accountId)) {
      return { ok: false, failure: await difference(chain, seq, entry), chain }
    }
    next = seq + 1
  }
  if (next !== null && next <= chain.head.seq) return { ok: false, failure: 'rolled_back', chain }
  return { ok: true, chain }
}

async function append(chain: Sigchain, entries: readonly SignedEntry[]): Promise<ChainResult> {
  let current = chain
  for (const entry of entries) {
    const step = await applyEntry({ ...current, suspended: false, suspendedBy: null }, entry)
    if ('failure' in step) return { ok: false, failure: step.failure, chain: current }
    if (current.suspendedBy) {
      const isSigned = !step.chain.suspended || step.chain.suspendedBy !== null
      if (!isSigned) break
      const isTheSame = equalBytes(await sha256(entry.body), current.suspendedBy)
      if (!isTheSame) return { ok: false, failure: 'fork', chain: current }
    }
    current = step.chain
    if (current.suspended) break
  }
  return { ok: true, chain: current }
}

/** What an Entry is that stands at a known `seq` and is not the known one. */
async function difference(chain: Sigchain, seq: number, entry: SignedEntry): Promise<ChainFailure> {
  if (seq === 0) return 'wrong_account'
  if (!decodeBody(entry.body).ok) return 'bad_encoding'
  const step: Step = await applyEntry(prefixOf(chain, seq - 1), entry)
  return 'failure' in step ? step.failure : 'fork'
}

/** The chain as it was when `seq` was its head. Sizes and hours of that moment are not kept, so they refuse nothing. */
function prefixOf(chain: Sigchain, seq: number): Sigchain {
  const recoveries = chain.recoveries.filter((recovery) => recovery.seq <= seq)
  const devices = chain.devices.filter((device) => device.addedSeq <= seq)
  return {
    accountId: chain.accountId,
    head: { seq, hash: chain.hashes[seq] ?? chain.accountId },
    devices: devices.map((device) =>
      device.revokedSeq !== null && device.revokedSeq > seq
        ? { ...device, revokedSeq: null, revokeReason: null }
        : device,
    ),
    hashes: chain.hashes.slice(0, seq + 1),
    recoveryPub: recoveries.at(-1)?.recoveryPub ?? null,
    recoveries,
    hour: 0,
    sizeBytes: 0,
    suspended: false,
    suspendedBy: null,
  }
}

/** `older` and `same` are on the known chain; `newer` is a question to ask, `fork` is an alarm only if it was signed. */
export function compareHead(chain: Sigchain, head: ChainHead): 'same' | 'older' | 'newer' | 'fork' {
  const known = chain.hashes[head.seq]
  if (known === undefined) return 'newer'
  if (!equalBytes(known, head.hash)) return 'fork'
  return head.seq === chain.head.seq ? 'same' : 'older'
}

export { activeDevice, activeDevices } from './deviceList.ts'
