/** A Device's own spare capabilities and the Tickets it ends. */
import * as z from 'zod/mini'
import { sha256, tag } from './ids.ts'

/** POST /v1/capabilities with a Login: registers SHA-256 of spare capabilities, revokes by tag, in one transaction. Idempotent. */
export const capabilityBatch = z.strictObject({
  add: z.array(z.strictObject({ hash: sha256, tag })).check(z.maxLength(64)),
  revoke: z.array(tag).check(z.maxLength(64)),
})
export type CapabilityBatch = z.infer<typeof capabilityBatch>

/** POST /v1/tickets/end with a Login: on accept or Block. */
export const endTickets = z.strictObject({ tags: z.array(tag).check(z.minLength(1), z.maxLength(64)) })

/** GET /v1/capabilities with a Login: the tags of this Device's registered capabilities. */
export const capabilityInventory = z.object({ tags: z.array(tag).check(z.maxLength(4096)) })
