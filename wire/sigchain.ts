/** Sigchain Entries and freshness statements on their way; their content is CBOR that only `protocol/` reads. */
import * as z from 'zod/mini'
import { accountId, base64urlUpTo, signature } from './ids.ts'

/** `signature` is the signer's; `coSignature` the new Device's, on `add` and `recover` only. */
export const sigchainEntry = z.strictObject({
  body: base64urlUpTo(32, 2048),
  signature,
  coSignature: z.optional(signature),
})
export type SigchainEntry = z.infer<typeof sigchainEntry>

/** Canonical CBOR [label, accountId, deviceId, seq, hash, hour] signed by a Device. */
export const freshnessStatement = z.strictObject({ body: base64urlUpTo(32, 256), signature })
export type FreshnessStatement = z.infer<typeof freshnessStatement>

/** POST /v1/sigchain, with a Login. Idempotent for the same bytes. */
export const appendRequest = z.strictObject({ entry: sigchainEntry })

/** POST /v1/freshness, with a Login. */
export const freshnessRequest = z.strictObject({ statement: freshnessStatement })

/** GET /v1/accounts/{accountId}/sigchain?after=SEQ by capability or Ticket. `after` = -1 (default) reads from genesis. */
export const chainQuery = z.strictObject({ after: z.optional(z.string().check(z.regex(/^-?\d{1,4}$/))) })
export const chainAnswer = z.object({
  accountId,
  entries: z.array(sigchainEntry).check(z.maxLength(128)),
  statements: z.array(freshnessStatement).check(z.maxLength(8)),
})
export type ChainAnswer = z.infer<typeof chainAnswer>
