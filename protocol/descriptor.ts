/**
 * What a ContactLink shows before anything is sent: who made it, signed by a Device and sealed for the link's readers.
 * SPEC, section "ContactLink".
 */
import type { LinkKeys } from './contactLink.ts'
import { activeDevice } from './deviceList.ts'
import { concat, encode, equalBytes, tryDecode, utf8 } from './encoding.ts'
import { type Bytes, type KeyPair, openAtRest, sealAtRest, type SignPrivateKey } from './keys.ts'
import {
  DESCRIPTOR_BUCKETS,
  MAX_DESCRIPTOR_AVATAR_BYTES,
  MAX_NAME_LENGTH,
  MAX_DESCRIPTOR_PLATFORM,
} from './limits.ts'
import { pad, unpad } from './padding.ts'
import { asBytes, asBytesUpTo, asText, asTuple, asUint } from './shape.ts'
import type { Sigchain } from './sigchain.ts'
import { sign as signBytes, verifySignature } from '#primitives'

export interface Descriptor {
  readonly accountId: Bytes
  readonly deviceId: Bytes
  readonly hour: number
  readonly name: string
  readonly avatar: Bytes | null
  /** Name of the Platform through which the Account came. */
  readonly platform: string
}

export type DescriptorResult =
  | { readonly ok: true; readonly descriptor: Descriptor }
  | { readonly ok: false; readonly failure: 'forged' | 'not_active' | 'bad_encoding' }

const LABEL = 'plasma/1/link-descriptor'
const SIGNATURE_LABEL = utf8('plasma/1/link-descriptor-sig')
const NONCE_AND_TAG_BYTES = 12 + 16

/** @throws RangeError for a name or picture that the limits do not allow. */
export async function sealDescriptor(
  link: LinkKeys,
  descriptor: Descriptor,
  sign: KeyPair<SignPrivateKey>,
): Promise<Bytes> {
  const body = encodeDescriptor(link, descriptor)
  const signature = await signBytes(sign.privateKey, concat(SIGNATURE_LABEL, body))
  return sealAtRest(link.sealKey, aadOf(link), padded(encode([body, signature])))
}

/**
 * Opens what the API stores under a link.
 *
 * @param chain - verified against the accountId of the link.
 * @returns `forged` when it is not sealed for this link or not signed, `not_active` when the signing Device is gone.
 */
export async function openDescriptor(
  link: LinkKeys,
  sealed: Bytes,
  chain: Sigchain,
): Promise<DescriptorResult> {
  const opened = await openAtRest(link.sealKey, aadOf(link), sealed)
  if (opened === null) return { ok: false, failure: 'forged' }
  const content = unpad(opened)
  const parts = content === null ? null : asTuple(tryDecode(content), 2)
  const body = asBytesUpTo(parts?.[0], opened.length)
  const signature = asBytes(parts?.[1], 64)
  const descriptor = body === null ? null : readDescriptor(link, body)
  if (body === null || signature === null || descriptor === null)
    return { ok: false, failure: 'bad_encoding' }
  if (!equalBytes(descriptor.accountId, chain.accountId)) return { ok: false, failure: 'forged' }
  const device = activeDevice(chain, descriptor.deviceId)
  if (device === null) return { ok: false, failure: 'not_active' }
  const genuine = await verifySignature(device.signPub, concat(SIGNATURE_LABEL, body), signature)
  return genuine ? { ok: true, descriptor } : { ok: false, failure: 'forged' }
}

function encodeDescriptor(link: LinkKeys, descriptor: Descriptor): Bytes {
  const { accountId, deviceId, hour, name, avatar, platform } = descriptor
  const tooLong =
    name.length > MAX_NAME_LENGTH ||
    platform.length > MAX_DESCRIPTOR_PLATFORM ||
    (avatar?.length ?? 0) > MAX_DESCRIPTOR_AVATAR_BYTES
  if (tooLong || name.length === 0 || platform.length === 0)
    throw new RangeError('descriptor outside its limits')
  return encode([LABEL, link.lookup, accountId, deviceId, hour, name, avatar, platform])
}

function readDescriptor(link: LinkKeys, body: Bytes): Descriptor | null {
  const parts = asTuple(tryDecode(body), 8)
  const lookup = asBytes(parts?.[1], 16)
  if (parts?.[0] !== LABEL || lookup === null || !equalBytes(lookup, link.lookup)) return null
  const accountId = asBytes(parts[2], 32)
  const deviceId = asBytes(parts[3], 16)
  const hour = asUint(parts[4])
  const name = asText(parts[5], MAX_NAME_LENGTH)
  const avatar = asBytesUpTo(parts[6], MAX_DESCRIPTOR_AVATAR_BYTES)
  const platform = asText(parts[7], MAX_DESCRIPTOR_PLATFORM)
  if (accountId === null || deviceId === null || hour === null || name === null || platform === null)
    return null
  return avatar === null && parts[6] !== null ? null : { accountId, deviceId, hour, name, avatar, platform }
}

/** Brings a descriptor to one of two lengths, so that the API does not learn how long a name is. */
function padded(content: Bytes): Bytes {
  const bucket = DESCRIPTOR_BUCKETS.find((size) => content.length + NONCE_AND_TAG_BYTES < size)
  if (bucket === undefined) throw new RangeError('descriptor outside its limits')
  return pad(content, bucket - NONCE_AND_TAG_BYTES)
}

function aadOf(link: LinkKeys): Bytes {
  return concat(utf8(LABEL), link.lookup)
}
