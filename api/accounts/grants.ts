/** Grants: what a Platform signs so that its visitor may use an Account. Claims beyond the schema are dropped unread. */
import { createHash } from 'node:crypto'
import { decodeProtectedHeader, importJWK, jwtVerify, type JWK } from 'jose'
import * as z from 'zod/mini'
import { grantClaims, type Entitlement, type GrantClaims } from '../../wire/grants.ts'
import { timeMs } from '../../wire/ids.ts'
import type { Bus } from '../bus/bus.ts'
import { ProblemError, problem } from '../http/problem.ts'
import type { Platforms, PublicJwk } from '../platforms/index.ts'

/** A Grant is fetched when it is needed; a longer one is a password lying around. */
const MAX_LIFE_S = 600
/** How far the Platform's clock may be ahead. */
const SKEW_S = 60

export interface Grant {
  readonly platformId: string
  /** HMAC of the subject: the claim itself goes no further than this file. */
  readonly subjectHash: Buffer
  readonly entitlement: Entitlement
  /** Names this Grant in the store of spent ones. */
  readonly spendKey: string
  readonly expiresInMs: number
}

export interface GrantDeps {
  readonly publicOrigin: string
  readonly platforms: Pick<Platforms, 'grantKey' | 'subjectHash'>
  readonly now: () => number
}

/**
 * Checks everything but whether it was spent before.
 *
 * @param jkt - thumbprint of the key that proved itself beside the Grant.
 * @throws Problem `grant_refused`, without a reason; only a subject that looks like an e-mail address or a telephone
 *   number is named as such, for whoever is just connecting a Platform.
 */
export async function verifyGrant(grant: string, jkt: string, deps: GrantDeps): Promise<Grant> {
  const claims = await verifyClaims(grant, deps)
  const nowS = deps.now() / 1000
  const holds =
    claims.aud === deps.publicOrigin &&
    claims.cnf.jkt === jkt &&
    claims.exp > nowS &&
    claims.iat <= nowS + SKEW_S &&
    claims.exp > claims.iat &&
    claims.exp - claims.iat <= MAX_LIFE_S &&
    timeMs.safeParse(endOf(claims) ?? 0).success
  if (!holds) throw problem('grant_refused')
  if (isPersonal(claims.sub)) throw problem('grant_refused', { where: ['grant.sub'] })
  const subjectHash = await deps.platforms.subjectHash(claims.iss, claims.sub)
  if (subjectHash === undefined) throw problem('grant_refused')
  return {
    platformId: claims.iss,
    subjectHash,
    entitlement: entitlementOf(claims),
    spendKey: `grant:${createHash('sha256')
      .update(JSON.stringify([claims.iss, claims.jti]))
      .digest('base64url')}`,
    expiresInMs: (claims.exp - nowS) * 1000,
  }
}

/**
 * To be called last in the transaction that stores what the Grant brings: one that brought nothing can be shown again.
 *
 * @throws Problem `grant_refused` when any instance has seen it.
 */
export async function spendGrant(grant: Grant, bus: Pick<Bus, 'claimOnce'>): Promise<void> {
  if (!(await bus.claimOnce(grant.spendKey, grant.expiresInMs + 1000))) throw problem('grant_refused')
}

async function verifyClaims(grant: string, { platforms, now }: GrantDeps): Promise<GrantClaims> {
  try {
    const { kid, alg } = z.parse(signedBy, decodeProtectedHeader(grant))
    const { iss } = z.parse(
      issuer,
      JSON.parse(Buffer.from(grant.split('.')[1] ?? '', 'base64url').toString('utf8')),
    )
    const key = await platforms.grantKey(iss, kid)
    if (key === undefined || !fits(alg, key)) throw problem('grant_refused')
    const { payload } = await jwtVerify(grant, await importJWK(jwkOf(key), alg), {
      algorithms: [alg],
      currentDate: new Date(now()),
    })
    return z.parse(grantClaims, payload)
  } catch (error) {
    // The Platform cannot be asked for its keys: that says nothing about the Grant.
    if (error instanceof ProblemError && error.code === 'unavailable') throw error
    if (isOwnFailure(error)) throw error
    throw problem('grant_refused')
  }
}

const signedBy = z.object({
  alg: z.enum(['EdDSA', 'ES256']),
  // PostgreSQL takes every character but this one.
  kid: z.string().check(
    z.minLength(1),
    z.maxLength(128),
    z.refine((kid) => !kid.includes('\0')),
  ),
})
const issuer = z.object({ iss: grantClaims.shape.iss })

function fits(alg: 'EdDSA' | 'ES256', key: PublicJwk): boolean {
  return alg === (key.kty === 'OKP' ? 'EdDSA' : 'ES256')
}

function jwkOf(key: PublicJwk): JWK {
  const { kty, crv, x } = key
  return key.kty === 'EC' ? { kty, crv, x, y: key.y } : { kty, crv, x }
}

/** A store that does not answer is not the Platform's fault. */
function isOwnFailure(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    !error.code.startsWith('ERR_')
  )
}

/** An address or a number names a Person to whoever reads the Grant on its way; an opaque id does not. */
export function isPersonal(subject: string): boolean {
  if (/^[^\s@]+@[^\s@]+$/.test(subject)) return true
  const digits = subject.replace(/\D/g, '').length
  const looksDialled =
    /^\+[\d\s().-]+$/.test(subject) || /^\(?\d[\d\s().-]*[\s().-][\d\s().-]*\d$/.test(subject)
  return (looksDialled && digits >= 7) || (/^\d+$/.test(subject) && digits >= 10 && digits <= 15)
}

function entitlementOf(claims: GrantClaims): Entitlement {
  const { version, start, reply } = claims.ent
  return { version, start, reply, untilMs: endOf(claims) }
}

function endOf({ ent }: GrantClaims): number | null {
  return ent.until === undefined || ent.until === null ? null : ent.until * 1000
}
