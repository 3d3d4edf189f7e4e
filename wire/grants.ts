/** Grants and Logins. Every request here carries a `DPoP` proof (RFC 9449) by the Device's login key. */
import * as z from 'zod/mini'
import { accountId, deviceId, timeMs } from './ids.ts'
import { sigchainEntry } from './sigchain.ts'

export const grantJwt = z.string().check(z.maxLength(4096), z.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/))

/** Versioned rights: the higher version wins. */
export const entitlement = z.object({
  version: z.int().check(z.gte(0)),
  start: z.boolean(),
  reply: z.boolean(),
  untilMs: z.nullable(timeMs),
})
export type Entitlement = z.infer<typeof entitlement>

/** Claims of a Grant, after its signature held. `cnf.jkt` is the RFC 7638 thumbprint of the Device's login key. */
export const grantClaims = z.object({
  iss: z.string().check(z.regex(/^pk_[a-z0-9_]{4,64}$/)),
  aud: z.string(),
  sub: z.string().check(z.minLength(1), z.maxLength(255)),
  iat: z.int(),
  exp: z.int(),
  jti: z.string().check(z.minLength(8), z.maxLength(128)),
  nonce: z.string().check(z.minLength(16), z.maxLength(128)),
  cnf: z.object({ jkt: z.string().check(z.regex(/^[\w-]{43}$/)) }),
  ent: z.object({
    version: z.int().check(z.gte(0)),
    start: z.boolean(),
    reply: z.boolean(),
    until: z.optional(z.nullable(z.int())),
  }),
  locale: z.optional(z.string().check(z.maxLength(35))),
})
export type GrantClaims = z.infer<typeof grantClaims>

/** POST /v1/accounts: Grant + proof + genesis. Idempotent for the same genesis; 409 `account_exists` for another. */
export const accountCreate = z.strictObject({ grant: grantJwt, genesis: sigchainEntry })
export type AccountCreate = z.infer<typeof accountCreate>

/** POST /v1/login: the Device renews by its proof alone; a Grant, when there is one, brings its entitlement. */
export const loginRequest = z.strictObject({ accountId, deviceId, grant: z.optional(grantJwt) })
export type LoginRequest = z.infer<typeof loginRequest>

/** Answer of both. The token is bound to the login key; lives 10 minutes. */
export const login = z.object({
  accountId,
  deviceId,
  accessToken: z.string().check(z.maxLength(2048)),
  expiresInS: z.int().check(z.gte(1), z.lte(600)),
  entitlement,
  nowMs: timeMs,
})
export type LoginAnswer = z.infer<typeof login>
