/** ContactLinks as the API knows them: by lookup, never by secret or Account fingerprint in clear text. */
import * as z from 'zod/mini'
import { base64url, base64urlUpTo, linkLookup, sha256, ticket, timeMs } from './ids.ts'

export const linkKind = z.enum(['long_lived', 'one_time'])
/** What the owner makes it; `rotated` and `claimed` are final. */
export const linkState = z.enum(['active', 'paused', 'rotated', 'claimed'])

/** POST /v1/contact-links with a Login. Idempotent by lookup. */
export const linkMake = z.strictObject({
  lookup: linkLookup,
  /** SHA-256 of the `auth` bytes that opens `resolve`. */
  authHash: sha256,
  kind: linkKind,
  /** Sealed under a key derived from the link's secret: the API cannot read it. */
  descriptor: base64urlUpTo(64, 8192),
  /** First contacts in all, null for no limit. */
  limit: z.nullable(z.int().check(z.gte(1), z.lte(10_000))),
  expiresAtMs: z.nullable(timeMs),
})
export type LinkMake = z.infer<typeof linkMake>

/** PATCH /v1/contact-links/{lookup} with a Login. */
export const linkChange = z.strictObject({
  state: z.optional(z.enum(['active', 'paused', 'rotated'])),
  descriptor: z.optional(base64urlUpTo(64, 8192)),
  limit: z.optional(z.nullable(z.int().check(z.gte(1), z.lte(10_000)))),
  expiresAtMs: z.optional(z.nullable(timeMs)),
})
export type LinkChange = z.infer<typeof linkChange>

/** GET /v1/contact-links with a Login. */
export const linkInfo = z.object({
  lookup: linkLookup,
  kind: linkKind,
  state: linkState,
  limit: z.nullable(z.int()),
  expiresAtMs: z.nullable(timeMs),
  resolved: z.int(),
})
export const linkList = z.object({ links: z.array(linkInfo).check(z.maxLength(200)) })

/** POST /v1/contact-links/resolve with a Login that holds `start`. */
export const linkResolve = z.strictObject({ lookup: linkLookup, auth: base64url<'LinkAuth'>(32) })
export const linkResolved = z.object({
  ticket,
  expiresAtMs: timeMs,
  kind: linkKind,
  descriptor: base64urlUpTo(64, 8192),
})
export type LinkResolved = z.infer<typeof linkResolved>
