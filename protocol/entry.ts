/**
 * One Entry of a Sigchain as bytes: its body, and what is signed. SPEC, section "Sigchain".
 *
 * Only the bytes that were received are hashed and verified, never a body encoded again.
 */
import { concat, type CborValue, encode, tryDecode, utf8 } from './encoding.ts'
import type { Bytes } from './keys.ts'
import { MAX_CAPS_BYTES, MAX_ENTRY_BODY_BYTES, MAX_ENTRY_HOUR } from './limits.ts'
import { asBytes, asBytesUpTo, asList, asTuple, asUint } from './shape.ts'
import type { DeviceKeys, RevokeReason } from './sigchain.ts'
import { sha256, verifySignature } from '#primitives'

export type Operation =
  | { readonly name: 'genesis'; readonly device: DeviceKeys; readonly recoveryPub: Bytes | null }
  | { readonly name: 'add'; readonly device: DeviceKeys }
  | { readonly name: 'revoke'; readonly deviceId: Bytes; readonly reason: Exclude<RevokeReason, 'recovered'> }
  | { readonly name: 'update'; readonly caps: Bytes }
  | { readonly name: 'set-recovery'; readonly recoveryPub: Bytes }
  | { readonly name: 'recover'; readonly device: DeviceKeys; readonly recoveryPub: Bytes | null }

export interface EntryBody {
  /** null in a genesis, whose hash becomes the accountId. */
  readonly accountId: Bytes | null
  readonly seq: number
  /** H(previous body); null in a genesis. */
  readonly prev: Bytes | null
  /** Hours since 1970 by the signer's clock, never before the previous Entry's. For display only. */
  readonly hour: number
  /** The deviceId that signs; null when the recovery key does. */
  readonly signer: Bytes | null
  /** null for one that a later release defines. */
  readonly operation: Operation | null
}

export type DecodedEntry =
  | { readonly ok: true; readonly body: EntryBody }
  | { readonly ok: false; readonly failure: 'bad_encoding' | 'unknown_version' }

const LABEL = 'plasma/1/sigchain'
const VERSION = 1
const SIGNATURE_LABEL = utf8('plasma/1/sigchain-sig')
const CO_SIGNATURE_LABEL = utf8('plasma/1/sigchain-cosig')

/** The place of a name is its number. */
const OPERATIONS = ['genesis', 'add', 'revoke', 'update', 'set-recovery', 'recover'] as const
const REASONS = ['removed', 'lost', 'stolen'] as const

/** The id commits to the keys: the first 16 bytes of H(E([label, signPub, dhPub])). */
export async function deviceIdOf(signPub: Bytes, dhPub: Bytes): Promise<Bytes> {
  return (await sha256(encode(['plasma/1/device', signPub, dhPub]))).slice(0, 16)
}

/** What the signer of an Entry signs. */
export function signedBytes(body: Bytes): Bytes {
  return concat(SIGNATURE_LABEL, body)
}

/** What a Device signs that the signer cannot speak for: one being added, or the others to a first recovery key. */
export function coSignedBytes(body: Bytes): Bytes {
  return concat(CO_SIGNATURE_LABEL, body)
}

export async function verifyBody(publicKey: Bytes, body: Bytes, signature: Bytes): Promise<boolean> {
  return verifySignature(publicKey, signedBytes(body), signature)
}

export async function verifyCoSignature(publicKey: Bytes, body: Bytes, signature: Bytes): Promise<boolean> {
  return verifySignature(publicKey, coSignedBytes(body), signature)
}

export function encodeBody(body: EntryBody & { readonly operation: Operation }): Bytes {
  const { accountId, seq, prev, hour, signer, operation } = body
  const payload = encodePayload(operation)
  return encode([
    LABEL,
    VERSION,
    accountId,
    seq,
    prev,
    hour,
    signer,
    OPERATIONS.indexOf(operation.name),
    payload,
  ])
}

function encodePayload(operation: Operation): CborValue {
  switch (operation.name) {
    case 'genesis':
    case 'recover':
      return [encodeDevice(operation.device), operation.recoveryPub]
    case 'add':
      return [encodeDevice(operation.device)]
    case 'revoke':
      return [operation.deviceId, REASONS.indexOf(operation.reason)]
    case 'update':
      return [operation.caps]
    case 'set-recovery':
    default:
      return [operation.recoveryPub]
  }
}

function encodeDevice(device: DeviceKeys): CborValue {
  return [device.signPub, device.dhPub, device.caps]
}

/** Reads the shape only; whether the Entry may stand where it stands is for `sigchain.ts`. */
export function decodeBody(bytes: Bytes): DecodedEntry {
  const value = asList(tryDecode(bytes, { maxBytes: MAX_ENTRY_BODY_BYTES }), MAX_ENTRY_BODY_BYTES)
  if (value === null || value[0] !== LABEL) return BAD_ENCODING
  if (value[1] !== VERSION) return asUint(value[1]) === null ? BAD_ENCODING : UNKNOWN_VERSION
  const body = readBody(value)
  return body === null ? BAD_ENCODING : { ok: true, body }
}

const BAD_ENCODING: DecodedEntry = { ok: false, failure: 'bad_encoding' }
const UNKNOWN_VERSION: DecodedEntry = { ok: false, failure: 'unknown_version' }

function readBody(value: readonly CborValue[]): EntryBody | null {
  const [, , account, seqValue, prevValue, hourValue, signerValue, op, payload] = value
  const seq = asUint(seqValue)
  const hour = asUint(hourValue, MAX_ENTRY_HOUR)
  const accountId = orNull(account, 32)
  const prev = orNull(prevValue, 32)
  const signer = orNull(signerValue, 16)
  if (value.length !== 9 || seq === null || hour === null || asUint(op) === null) return null
  if (accountId === undefined || prev === undefined || signer === undefined) return null
  const operation = readOperation(op, payload)
  return operation === undefined ? null : { accountId, seq, prev, hour, signer, operation }
}

/** @returns null for an unknown number, undefined for a payload that does not fit a known one. */
function readOperation(
  op: CborValue | undefined,
  payload: CborValue | undefined,
): Operation | null | undefined {
  const name = OPERATIONS[asUint(op) ?? -1]
  switch (name) {
    case undefined:
      return null
    case 'add': {
      const device = readDevice(asTuple(payload, 1)?.[0])
      return device === null ? undefined : { name: 'add', device }
    }
    case 'revoke':
      return readRevoke(payload)
    case 'update': {
      const caps = asBytesUpTo(asTuple(payload, 1)?.[0], MAX_CAPS_BYTES)
      return caps === null ? undefined : { name: 'update', caps }
    }
    case 'set-recovery': {
      const recoveryPub = asBytes(asTuple(payload, 1)?.[0], 32)
      return recoveryPub === null ? undefined : { name: 'set-recovery', recoveryPub }
    }
    case 'genesis':
    case 'recover':
    default:
      return readFounding(name, payload)
  }
}

function readFounding(name: 'genesis' | 'recover', payload: CborValue | undefined): Operation | undefined {
  const pair = asTuple(payload, 2)
  const device = readDevice(pair?.[0])
  const recoveryPub = orNull(pair?.[1], 32)
  return device === null || recoveryPub === undefined ? undefined : { name, device, recoveryPub }
}

function readRevoke(payload: CborValue | undefined): Operation | undefined {
  const pair = asTuple(payload, 2)
  const deviceId = asBytes(pair?.[0], 16)
  const reason = REASONS[asUint(pair?.[1]) ?? -1]
  return deviceId === null || reason === undefined ? undefined : { name: 'revoke', deviceId, reason }
}

function readDevice(value: CborValue | undefined): DeviceKeys | null {
  const parts = asTuple(value, 3)
  const signPub = asBytes(parts?.[0], 32)
  const dhPub = asBytes(parts?.[1], 32)
  const caps = asBytesUpTo(parts?.[2], MAX_CAPS_BYTES)
  return signPub === null || dhPub === null || caps === null ? null : { signPub, dhPub, caps }
}

/** @returns undefined for what is neither null nor that many bytes. */
function orNull(value: CborValue | undefined, length: number): Bytes | null | undefined {
  return value === null ? null : (asBytes(value, length) ?? undefined)
}
