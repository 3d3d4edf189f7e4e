/** Whether one Entry may follow a verified chain, and the chain it makes. SPEC, section "Sigchain", "Rules". */
import { activeDevice, activeDevices } from './deviceList.ts'
import { compareBytes, equalBytes } from './encoding.ts'
import {
  decodeBody,
  deviceIdOf,
  type EntryBody,
  type Operation,
  verifyBody,
  verifyCoSignature,
} from './entry.ts'
import type { Bytes } from './keys.ts'
import {
  MAX_ACTIVE_DEVICES,
  MAX_CHAIN_BYTES,
  MAX_CHAIN_ENTRIES,
  RESERVED_CHAIN_BYTES,
  RESERVED_CHAIN_ENTRIES,
} from './limits.ts'
import { isDhPublicKey, isSignPublicKey } from './points.ts'
import type {
  ChainDevice,
  ChainFailure,
  DeviceKeys,
  RevokeReason,
  Sigchain,
  SignedEntry,
} from './sigchain.ts'
import { sha256 } from '#primitives'

/** A chain that is `suspended` did not take the Entry. */
export type Step = { readonly chain: Sigchain } | { readonly failure: ChainFailure }

type Known<N extends Operation['name']> = Extract<Operation, { readonly name: N }>

/** The chain that a genesis begins. The caller has compared its hash with the accountId. */
export async function foundChain(entry: SignedEntry): Promise<Step> {
  const decoded = decodeBody(entry.body)
  if (!decoded.ok) return { failure: decoded.failure }
  const { body } = decoded
  const operation = body.operation
  if (operation?.name !== 'genesis' || body.seq !== 0 || body.accountId !== null || body.prev !== null) {
    return { failure: 'not_genesis' }
  }
  const accountId = await sha256(entry.body)
  const device = await newDevice(operation.device, 0, body.hour, null)
  if (body.signer === null || !equalBytes(device.deviceId, body.signer)) return { failure: 'bad_key' }
  const empty = emptyChain(accountId)
  const refused = refusedKeys(empty, operation.device, operation.recoveryPub)
  if (refused !== null) return { failure: refused }
  if (entry.coSignature !== undefined || !(await verifyBody(device.signPub, entry.body, entry.signature))) {
    return { failure: 'bad_signature' }
  }
  const chain = { ...empty, devices: [device] }
  return { chain: advance(withRecovery(chain, 0, operation.recoveryPub), entry, body, accountId) }
}

/** The chain with one Entry more. */
export async function applyEntry(chain: Sigchain, entry: SignedEntry): Promise<Step> {
  const decoded = decodeBody(entry.body)
  if (!decoded.ok)
    return decoded.failure === 'unknown_version' ? suspend(chain, null) : { failure: decoded.failure }
  const { body } = decoded
  const refused = refusedPlace(chain, body) ?? refusedSize(chain, entry, body)
  if (refused !== null) return { failure: refused }
  if (body.prev === null || !equalBytes(body.prev, chain.head.hash)) return otherBranch(chain, entry, body)
  const changed = await applyOperation(chain, entry, body)
  if ('failure' in changed || changed.chain.suspended) return changed
  return { chain: advance(changed.chain, entry, body, await sha256(entry.body)) }
}

function applyOperation(chain: Sigchain, entry: SignedEntry, body: EntryBody): Promise<Step> | Step {
  const { operation } = body
  if (operation === null) return applyUnknown(chain, entry, body)
  switch (operation.name) {
    case 'genesis':
      return { failure: 'bad_sequence' }
    case 'add':
      return applyAdd(chain, entry, body, operation)
    case 'revoke':
      return applyRevoke(chain, entry, body, operation)
    case 'update':
      return applyUpdate(chain, entry, body, operation)
    case 'set-recovery':
      return applySetRecovery(chain, entry, body, operation)
    case 'recover':
    default:
      return applyRecover(chain, entry, body, operation)
  }
}

/** Signed on another Entry than the one known there: that is a fork, if it was one of these keys. */
async function otherBranch(chain: Sigchain, entry: SignedEntry, body: EntryBody): Promise<Step> {
  const refused = await refusedByAnyKey(chain, entry, body)
  return { failure: refused === null ? 'fork' : 'bad_sequence' }
}

/** Only a key of the Account can suspend its chain: an API alone must not stop people from sending. */
async function applyUnknown(chain: Sigchain, entry: SignedEntry, body: EntryBody): Promise<Step> {
  const refused = await refusedByAnyKey(chain, entry, body)
  return refused === null ? suspend(chain, await sha256(entry.body)) : { failure: refused }
}

async function applyAdd(
  chain: Sigchain,
  entry: SignedEntry,
  body: EntryBody,
  operation: Known<'add'>,
): Promise<Step> {
  const refused = (await refusedSigner(chain, entry, body)) ?? refusedKeys(chain, operation.device, null)
  if (refused !== null) return { failure: refused }
  if (activeDevices(chain).length >= MAX_ACTIVE_DEVICES) return { failure: 'limit' }
  if (!(await consents([operation.device], entry))) return { failure: 'bad_signature' }
  const device = await newDevice(operation.device, body.seq, body.hour, body.signer)
  return { chain: { ...chain, devices: [...chain.devices, device] } }
}

async function applyRevoke(
  chain: Sigchain,
  entry: SignedEntry,
  body: EntryBody,
  operation: Known<'revoke'>,
): Promise<Step> {
  const refused = (await refusedSigner(chain, entry, body)) ?? refusedCoSignature(entry)
  if (refused !== null) return { failure: refused }
  const target = activeDevice(chain, operation.deviceId)
  if (target === null) return { failure: 'not_active' }
  if (activeDevices(chain).length === 1) return { failure: 'last_device' }
  return { chain: { ...chain, devices: revoked(chain, [target], body.seq, operation.reason) } }
}

async function applyUpdate(
  chain: Sigchain,
  entry: SignedEntry,
  body: EntryBody,
  operation: Known<'update'>,
): Promise<Step> {
  const refused = (await refusedSigner(chain, entry, body)) ?? refusedCoSignature(entry)
  if (refused !== null || body.signer === null) return { failure: refused ?? 'not_active' }
  const target = activeDevice(chain, body.signer)
  const devices = chain.devices.map((device) =>
    device === target ? { ...device, caps: operation.caps } : device,
  )
  return { chain: { ...chain, devices } }
}

/** Signed by the recovery key there is; else by every active Device, so that a stolen one cannot plant its own. */
async function applySetRecovery(
  chain: Sigchain,
  entry: SignedEntry,
  body: EntryBody,
  operation: Known<'set-recovery'>,
): Promise<Step> {
  const refused =
    refusedKeys(chain, null, operation.recoveryPub) ??
    (chain.recoveryPub === null
      ? await refusedByAll(chain, entry, body)
      : ((await refusedRecoverer(chain, entry, body)) ?? refusedCoSignature(entry)))
  if (refused !== null) return { failure: refused }
  return { chain: withRecovery(chain, body.seq, operation.recoveryPub) }
}

async function applyRecover(
  chain: Sigchain,
  entry: SignedEntry,
  body: EntryBody,
  operation: Known<'recover'>,
): Promise<Step> {
  const refused =
    (await refusedRecoverer(chain, entry, body)) ??
    refusedKeys(chain, operation.device, operation.recoveryPub)
  if (refused !== null) return { failure: refused }
  if (!(await consents([operation.device], entry))) return { failure: 'bad_signature' }
  const device = await newDevice(operation.device, body.seq, body.hour, null)
  const devices = [...revoked(chain, activeDevices(chain), body.seq, 'recovered'), device]
  return { chain: withRecovery({ ...chain, devices }, body.seq, operation.recoveryPub) }
}

// Refusals: null, or why not

function refusedPlace(chain: Sigchain, body: EntryBody): ChainFailure | null {
  if (body.accountId === null || !equalBytes(body.accountId, chain.accountId)) return 'wrong_account'
  if (body.seq !== chain.head.seq + 1) return 'bad_sequence'
  return body.hour < chain.hour ? 'bad_sequence' : null
}

function refusedSize(chain: Sigchain, entry: SignedEntry, body: EntryBody): ChainFailure | null {
  const rescue = body.operation?.name === 'revoke' || body.operation?.name === 'recover'
  const entries = MAX_CHAIN_ENTRIES - (rescue ? 0 : RESERVED_CHAIN_ENTRIES)
  const bytes = MAX_CHAIN_BYTES - (rescue ? 0 : RESERVED_CHAIN_BYTES)
  return body.seq >= entries || chain.sizeBytes + sizeOf(entry) > bytes ? 'limit' : null
}

async function refusedSigner(
  chain: Sigchain,
  entry: SignedEntry,
  body: EntryBody,
): Promise<ChainFailure | null> {
  const signer = body.signer === null ? null : activeDevice(chain, body.signer)
  if (signer === null) return 'not_active'
  return (await verifyBody(signer.signPub, entry.body, entry.signature)) ? null : 'bad_signature'
}

async function refusedRecoverer(
  chain: Sigchain,
  entry: SignedEntry,
  body: EntryBody,
): Promise<ChainFailure | null> {
  if (chain.recoveryPub === null || body.signer !== null) return 'not_active'
  return (await verifyBody(chain.recoveryPub, entry.body, entry.signature)) ? null : 'bad_signature'
}

function refusedByAnyKey(chain: Sigchain, entry: SignedEntry, body: EntryBody): Promise<ChainFailure | null> {
  return body.signer === null ? refusedRecoverer(chain, entry, body) : refusedSigner(chain, entry, body)
}

async function refusedByAll(
  chain: Sigchain,
  entry: SignedEntry,
  body: EntryBody,
): Promise<ChainFailure | null> {
  const refused = await refusedSigner(chain, entry, body)
  if (refused !== null || body.signer === null) return refused
  const signer = activeDevice(chain, body.signer)
  const others = activeDevices(chain).filter((device) => device !== signer)
  others.sort((a, b) => compareBytes(a.deviceId, b.deviceId))
  if (others.length === 0) return refusedCoSignature(entry)
  return (await consents(others, entry)) ? null : 'bad_signature'
}

function refusedCoSignature(entry: SignedEntry): ChainFailure | null {
  return entry.coSignature === undefined ? null : 'bad_signature'
}

/** Keys must be sound, and new to this chain: a revoked id never returns, and no key has two uses. */
function refusedKeys(
  chain: Sigchain,
  device: DeviceKeys | null,
  recoveryPub: Bytes | null,
): ChainFailure | null {
  if (device !== null && (!isSignPublicKey(device.signPub) || !isDhPublicKey(device.dhPub))) return 'bad_key'
  if (recoveryPub !== null && !isSignPublicKey(recoveryPub)) return 'bad_key'
  const named = [device?.signPub, device?.dhPub, recoveryPub].filter(
    (key) => key !== undefined && key !== null,
  )
  const seen = [
    ...chain.devices.flatMap((known) => [known.signPub, known.dhPub]),
    ...chain.recoveries.flatMap((known) => (known.recoveryPub === null ? [] : [known.recoveryPub])),
  ]
  const reused = named.some(
    (key, index) =>
      seen.some((known) => equalBytes(known, key)) ||
      named.slice(0, index).some((other) => equalBytes(other, key)),
  )
  return reused ? 'key_reused' : null
}

async function consents(devices: readonly DeviceKeys[], entry: SignedEntry): Promise<boolean> {
  const { body, coSignature } = entry
  if (coSignature === undefined || coSignature.length !== devices.length * 64) return false
  for (const [index, device] of devices.entries()) {
    const signature = coSignature.subarray(index * 64, index * 64 + 64)
    if (!(await verifyCoSignature(device.signPub, body, signature))) return false
  }
  return true
}

// The chain that follows

function emptyChain(accountId: Bytes): Sigchain {
  return {
    accountId,
    head: { seq: 0, hash: accountId },
    devices: [],
    hashes: [],
    recoveryPub: null,
    recoveries: [],
    hour: 0,
    sizeBytes: 0,
    suspended: false,
    suspendedBy: null,
  }
}

function advance(chain: Sigchain, entry: SignedEntry, body: EntryBody, hash: Bytes): Sigchain {
  return {
    ...chain,
    head: { seq: body.seq, hash },
    hashes: [...chain.hashes, hash],
    hour: body.hour,
    sizeBytes: chain.sizeBytes + sizeOf(entry),
  }
}

function suspend(chain: Sigchain, suspendedBy: Bytes | null): Step {
  return { chain: { ...chain, suspended: true, suspendedBy } }
}

async function newDevice(
  keys: DeviceKeys,
  addedSeq: number,
  addedHour: number,
  approvedBy: Bytes | null,
): Promise<ChainDevice> {
  const deviceId = await deviceIdOf(keys.signPub, keys.dhPub)
  return { ...keys, deviceId, addedSeq, addedHour, approvedBy, revokedSeq: null, revokeReason: null }
}

function revoked(
  chain: Sigchain,
  targets: readonly ChainDevice[],
  seq: number,
  reason: RevokeReason,
): readonly ChainDevice[] {
  return chain.devices.map((device) =>
    targets.includes(device) ? { ...device, revokedSeq: seq, revokeReason: reason } : device,
  )
}

function withRecovery(chain: Sigchain, seq: number, recoveryPub: Bytes | null): Sigchain {
  return { ...chain, recoveryPub, recoveries: [...chain.recoveries, { seq, recoveryPub }] }
}

function sizeOf(entry: SignedEntry): number {
  return entry.body.length + entry.signature.length + (entry.coSignature?.length ?? 0)
}
