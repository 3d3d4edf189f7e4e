/** Prekeys: what a Device uploads, and the bundles others fetch by capability or Ticket. */
import * as z from 'zod/mini'
import { base64url, deviceId, prekeyId, publicKey, signature, timeMs } from './ids.ts'

const mlKemPublicKey = base64url<'MlKemPublicKey'>(1184)

/** Signature over type, id, device, key and hour: SPEC, section "Prekeys". */
export const dhPrekey = z.strictObject({ prekeyId, key: publicKey, hour: z.int().check(z.gte(0)), signature })
export const kemPrekey = z.strictObject({
  prekeyId,
  key: mlKemPublicKey,
  hour: z.int().check(z.gte(0)),
  signature,
})
export type DhPrekeyWire = z.infer<typeof dhPrekey>
export type KemPrekeyWire = z.infer<typeof kemPrekey>

/** GET /v1/prekeys with a Login: which ids the API still holds, so that the Device can purge unknown ones and refill. */
export const prekeyInventory = z.object({
  signedPreKeyId: z.nullable(prekeyId),
  lastResortId: z.nullable(prekeyId),
  oneTimeIds: z.array(prekeyId).check(z.maxLength(400)),
  oneTimeKemIds: z.array(prekeyId).check(z.maxLength(200)),
})
export type PrekeyInventory = z.infer<typeof prekeyInventory>

/** POST /v1/prekeys with a Login. Idempotent by id. `purge` removes one-time prekeys by id. */
export const prekeyUpload = z.strictObject({
  signedPreKey: z.optional(dhPrekey),
  lastResort: z.optional(kemPrekey),
  oneTime: z.array(dhPrekey).check(z.maxLength(100)),
  oneTimeKem: z.array(kemPrekey).check(z.maxLength(50)),
  purge: z.array(prekeyId).check(z.maxLength(400)),
})
export type PrekeyUpload = z.infer<typeof prekeyUpload>

/** POST /v1/accounts/{accountId}/bundles by capability or Ticket. Takes one one-time prekey of each kind a Device, while there are any. */
export const bundleRequest = z.strictObject({
  devices: z.array(deviceId).check(z.minLength(1), z.maxLength(8)),
})
export const preKeyBundle = z.object({
  deviceId,
  signedPreKey: dhPrekey,
  oneTime: z.nullable(dhPrekey),
  /** One-time where one is left, else the last-resort one. */
  kem: kemPrekey,
})
export type PreKeyBundleWire = z.infer<typeof preKeyBundle>
export const bundleAnswer = z.object({
  bundles: z.array(preKeyBundle).check(z.maxLength(8)),
  /** How long the Platform keeps undelivered Envelopes, 1 to 90. */
  retentionDays: z.int().check(z.gte(1), z.lte(90)),
  asOfMs: timeMs,
})
export type BundleAnswer = z.infer<typeof bundleAnswer>
