/**
 * Prekeys: signed public keys that let others start a Session while this Device is away. SPEC, section "Prekeys".
 *
 * The signature covers what a key is for, so that an API cannot hand out one kind for another, or one Device's as another's.
 */
import { concat, encode, utf8 } from './encoding.ts'
import type { Bytes } from './keys.ts'
import { isDhPublicKey, isKemPublicKey } from './points.ts'
import type { ChainDevice } from './sigchain.ts'
import { verifySignature } from '#primitives'

export type PrekeyKind = 'signed' | 'one_time' | 'one_time_kem' | 'last_resort_kem'

/** Without its private half, as it crosses to the API and to others. */
export interface SignedPrekey {
  /** 16 random bytes. */
  readonly prekeyId: Bytes
  /** 32 bytes for X25519, 1,184 for ML-KEM-768. */
  readonly key: Bytes
  /** Hours since 1970 at which it was made. */
  readonly hour: number
  readonly signature: Bytes
}

const KINDS = { signed: 0, one_time: 1, one_time_kem: 2, last_resort_kem: 3 } as const
const LABEL = 'plasma/1/prekey'
const SIGNATURE_LABEL = utf8('plasma/1/prekey-sig')

/** Whether the Device with this signing key made this prekey for this use. */
export async function verifyPrekeySignature(
  kind: PrekeyKind,
  device: { readonly deviceId: Bytes; readonly signPub: Bytes },
  prekey: SignedPrekey,
): Promise<boolean> {
  if (prekey.prekeyId.length !== 16 || !Number.isSafeInteger(prekey.hour) || prekey.hour < 0) return false
  return verifySignature(device.signPub, prekeyBytes(kind, device.deviceId, prekey), prekey.signature)
}

/** What is signed for a prekey of this kind. */
export function prekeyBytes(
  kind: PrekeyKind,
  deviceId: Bytes,
  prekey: Omit<SignedPrekey, 'signature'>,
): Bytes {
  const { prekeyId, key, hour } = prekey
  return concat(SIGNATURE_LABEL, encode([LABEL, KINDS[kind], prekeyId, deviceId, key, hour]))
}

/** What an API hands out for one Device. */
export interface PreKeyBundle {
  readonly signedPreKey: SignedPrekey
  readonly oneTime: SignedPrekey | null
  /** One-time, or the last resort. */
  readonly kem: SignedPrekey
}

declare const verified: unique symbol

/** Only `verifyBundle` makes one. */
export interface VerifiedBundle extends PreKeyBundle {
  readonly deviceId: Bytes
  readonly kemKind: 'one_time_kem' | 'last_resort_kem'
  readonly [verified]: true
}

export type BundleResult =
  | { readonly ok: true; readonly bundle: VerifiedBundle }
  | { readonly ok: false; readonly failure: 'bad_signature' | 'bad_key' }

/** @param device - from the verified chain of the Account that is meant. */
export async function verifyBundle(device: ChainDevice, bundle: PreKeyBundle): Promise<BundleResult> {
  const { signedPreKey, oneTime, kem } = bundle
  if (!isDhPublicKey(signedPreKey.key) || (oneTime !== null && !isDhPublicKey(oneTime.key))) return BAD_KEY
  if (!isKemPublicKey(kem.key)) return BAD_KEY
  if (!(await verifyPrekeySignature('signed', device, signedPreKey))) return BAD_SIGNATURE
  if (oneTime !== null && !(await verifyPrekeySignature('one_time', device, oneTime))) return BAD_SIGNATURE
  const kemKind = await kindOfKem(device, kem)
  if (kemKind === null) return BAD_SIGNATURE
  const checked = { signedPreKey, oneTime, kem, deviceId: device.deviceId, kemKind }
  return { ok: true, bundle: checked as VerifiedBundle }
}

const BAD_KEY: BundleResult = { ok: false, failure: 'bad_key' }
const BAD_SIGNATURE: BundleResult = { ok: false, failure: 'bad_signature' }

async function kindOfKem(device: ChainDevice, kem: SignedPrekey): Promise<VerifiedBundle['kemKind'] | null> {
  if (await verifyPrekeySignature('one_time_kem', device, kem)) return 'one_time_kem'
  return (await verifyPrekeySignature('last_resort_kem', device, kem)) ? 'last_resort_kem' : null
}
