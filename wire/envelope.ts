/** Posting Envelopes by capability or Ticket, and acknowledging them with a Login. */
import * as z from 'zod/mini'
import { accountId, base64urlUpTo, deviceId, envelopeId, sha256 } from './ids.ts'
import { sigchainEntry } from './sigchain.ts'

/** Largest bucket, 64 KiB, plus nothing: the whole Envelope has a bucket's length. */
export const MAX_CIPHERTEXT_BYTES = 65_536
/** At most 8 Devices an Account. */
export const MAX_ENVELOPES_A_POST = 8

export const head = z.strictObject({ seq: z.int().check(z.gte(0), z.lte(127)), hash: sha256 })
export type HeadWire = z.infer<typeof head>

export const outgoingEnvelope = z.strictObject({
  deviceId,
  envelopeId,
  /** Typing: relayed to an online Device, never held, never stored. */
  ephemeral: z.boolean(),
  ciphertext: base64urlUpTo(512, MAX_CIPHERTEXT_BYTES),
})
export type OutgoingEnvelope = z.infer<typeof outgoingEnvelope>

export const omission = z.strictObject({
  deviceId,
  reason: z.enum(['self', 'directed', 'bad_bundle', 'no_bundle']),
})
export type Omission = z.infer<typeof omission>

/** POST /v1/envelopes. Every active Device of `account` at `head` is either addressed or named in `omitted`. */
export const envelopePost = z.strictObject({
  account: accountId,
  head,
  omitted: z.array(omission).check(z.maxLength(8)),
  envelopes: z.array(outgoingEnvelope).check(z.minLength(1), z.maxLength(MAX_ENVELOPES_A_POST)),
})
export type EnvelopePost = z.infer<typeof envelopePost>

/** `accepted`: acknowledged by the Device or committed; it does not say which. */
export const envelopeAnswer = z.object({ accepted: z.array(envelopeId).check(z.maxLength(8)) })

/** Extension of the 409 `stale_devices` Problem. `entries` are those after the posted head, to be verified. */
export const staleDevices = z.object({
  missing: z.array(deviceId).check(z.maxLength(8)),
  extra: z.array(deviceId).check(z.maxLength(8)),
  entries: z.array(sigchainEntry).check(z.maxLength(128)),
})
export type StaleDevices = z.infer<typeof staleDevices>

/** Opaque to the Device: names the instance that holds the Relay. */
export const relayReceipt = z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,128}$/))

/** POST /v1/acknowledgements with a Login, to any instance. */
export const acknowledgement = z.strictObject({ envelopeId, receipt: z.nullable(relayReceipt) })
export const acknowledgePost = z.strictObject({
  acknowledgements: z.array(acknowledgement).check(z.minLength(1), z.maxLength(500)),
})
export type AcknowledgePost = z.infer<typeof acknowledgePost>
