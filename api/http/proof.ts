/** DPoP proofs (RFC 9449): that the caller holds the login key, for this method and URL, now, and once. */
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import * as z from 'zod/mini'
import type { Bus } from '../bus/bus.ts'
import { problem } from './problem.ts'

/** How far a client's clock may be off. Wide, since a phone's often is; the single use of `jti` closes what it opens. */
export const PROOF_WINDOW_S = 300
const MAX_PROOF_LENGTH = 4096

const proofClaims = z.object({
  jti: z.string().check(z.minLength(8), z.maxLength(128)),
  htm: z.string(),
  htu: z.string(),
  iat: z.number(),
  ath: z.optional(z.string()),
})

export interface ProofDeps {
  readonly publicOrigin: string
  readonly bus: Pick<Bus, 'claimOnce'>
  readonly now: () => number
}

export interface Proof {
  /** The RFC 7638 thumbprint of the login key. */
  readonly jkt: string
  /** Remembered for as long as the proof could hold: to be called once its sender is within limits. @throws Problem `proof_replayed` */
  claim(): Promise<void>
}

/**
 * @param accessToken - what `ath` must name; null where there is none yet.
 * @returns a proof that holds, unless it did before: `claim` tells.
 * @throws Problem `login_required`
 */
export async function verifyProof(c: Context, accessToken: string | null, deps: ProofDeps): Promise<Proof> {
  const { jkt, claims } = await verifySignature(c.req.header('dpop') ?? '')
  const isForThisRequest =
    claims.htm === c.req.method &&
    isThisUrl(claims.htu, deps.publicOrigin + c.req.path) &&
    Math.abs(deps.now() / 1000 - claims.iat) <= PROOF_WINDOW_S &&
    (accessToken === null || claims.ath === sha256(accessToken))
  if (!isForThisRequest) throw problem('login_required')
  const name = `proof:${sha256(`${jkt}.${claims.jti}`)}`
  const claim = async () => {
    if (!(await deps.bus.claimOnce(name, 2 * PROOF_WINDOW_S * 1000 + 1000))) throw problem('proof_replayed')
  }
  return { jkt, claim }
}

async function verifySignature(proof: string) {
  if (proof.length === 0 || proof.length > MAX_PROOF_LENGTH) throw problem('login_required')
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      algorithms: ['ES256'],
      typ: 'dpop+jwt',
      // Our own window: this one would use the machine's clock.
      currentDate: new Date(0),
      clockTolerance: Number.MAX_SAFE_INTEGER,
    })
    const claims = z.parse(proofClaims, payload)
    return {
      jkt: await calculateJwkThumbprint(z.parse(z.looseObject({ kty: z.string() }), protectedHeader.jwk)),
      claims,
    }
  } catch {
    throw problem('login_required')
  }
}

/** Without query and fragment, as RFC 9449 has it. */
function isThisUrl(htu: string, expected: string): boolean {
  if (!URL.canParse(htu)) return false
  const url = new URL(htu)
  return url.search === '' && url.hash === '' && url.href === new URL(expected).href
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
