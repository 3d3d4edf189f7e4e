/** Identifiers and byte strings as they cross HTTP: base64url without padding, exact lengths. */
import * as z from 'zod/mini'

/** Base64url without padding of exactly `bytes` bytes; the unused low bits of the last character are zero. */
export function base64url<const B extends string>(bytes: number) {
  const full = Math.floor((bytes * 8) / 6)
  const spare = bytes % 3
  const last = spare === 1 ? '[AQgw]' : spare === 2 ? '[AEIMQUYcgkosw048]' : ''
  return z.string().check(z.regex(new RegExp(`^[A-Za-z0-9_-]{${full}}${last}$`))) as unknown as z.ZodMiniType<
    string & z.$brand<B>,
    string
  >
}

/** Base64url without padding of `min` to `max` bytes. */
export function base64urlUpTo(min: number, max: number) {
  return z
    .string()
    .check(
      z.minLength(Math.ceil((min * 8) / 6)),
      z.maxLength(Math.ceil((max * 8) / 6)),
      z.regex(/^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$/),
    )
}

/** 32 bytes: SHA-256 of the genesis body of the Account's Sigchain. */
export const accountId = base64url<'AccountId'>(32)
export type AccountId = z.infer<typeof accountId>

/** 16 bytes: commits to the Device's public keys. */
export const deviceId = base64url<'DeviceId'>(16)
export type DeviceId = z.infer<typeof deviceId>

/** 16 random bytes chosen by the sender. */
export const envelopeId = base64url<'EnvelopeId'>(16)
export type EnvelopeId = z.infer<typeof envelopeId>

/** 16 random bytes chosen by the Device that made the prekey. */
export const prekeyId = base64url<'PreKeyId'>(16)
export type PreKeyId = z.infer<typeof prekeyId>

/** 16 bytes derived from the link's secret: what the API knows a ContactLink by. */
export const linkLookup = base64url<'LinkLookup'>(16)
export type LinkLookup = z.infer<typeof linkLookup>

/** 32 random bytes: one-time right to a first contact. */
export const ticket = base64url<'Ticket'>(32)
export type Ticket = z.infer<typeof ticket>

/** 32 random bytes: a Contact's right to send. The API keeps SHA-256 of it only. */
export const capability = base64url<'Capability'>(32)
export type Capability = z.infer<typeof capability>

/** 16 random bytes by which its owner names a Ticket or a group of capabilities without knowing them. */
export const tag = base64url<'Tag'>(16)
export type Tag = z.infer<typeof tag>

/** 16 random bytes: one run of a Stream. */
export const runId = base64url<'RunId'>(16)
export type RunId = z.infer<typeof runId>

export const sha256 = base64url<'Sha256'>(32)
export const publicKey = base64url<'PublicKey'>(32)
export const signature = base64url<'Signature'>(64)

/** Milliseconds since 1970, whole. */
export const timeMs = z.int().check(z.gte(0), z.lte(8_640_000_000_000_000))
