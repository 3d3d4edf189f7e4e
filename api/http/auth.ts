/** Logins: access tokens bound to a Device's login key, and what every request with one must show. */
import type { Context, MiddlewareHandler } from 'hono'
import { jwtVerify, SignJWT } from 'jose'
import * as z from 'zod/mini'
import { accountId, deviceId, type AccountId, type DeviceId } from '../../wire/ids.ts'
import type { Secret } from '../log.ts'
import type { Limits } from './limits.ts'
import { problem } from './problem.ts'
import { verifyProof, type ProofDeps } from './proof.ts'

/** Who asks. Set by `requireLogin`, read as `c.get('login')`. */
export interface Login {
  readonly accountId: AccountId
  readonly deviceId: DeviceId
  readonly platformId: string
}
export interface LoginEnv {
  Variables: { login: Login }
}

export interface BoundLogin extends Login {
  readonly jkt: string
}

export interface Auth {
  /** The thumbprint of the key that proved itself, without a Login. @throws Problem `login_required` */
  proveKey(c: Context): Promise<string>
  /** An access token of ACCESS_TOKEN_S seconds. */
  issue(login: BoundLogin): Promise<string>
  /** Token, proof, an active Device and its limits. Every refusal of a Login has the same body. */
  readonly requireLogin: MiddlewareHandler<LoginEnv>
}

export interface AuthDeps extends ProofDeps {
  readonly loginSecret: Secret<string>
  readonly limits: Limits
  /** At most 1 s old. */
  readonly isActive: (deviceId: string) => Promise<boolean>
}

export const ACCESS_TOKEN_S = 600
const TOKEN_TYPE = 'at+jwt'

const tokenClaims = z.object({
  accountId,
  deviceId,
  platformId: z.string(),
  exp: z.number(),
  cnf: z.object({ jkt: z.string() }),
})

export function createAuth(deps: AuthDeps): Auth {
  const key = new TextEncoder().encode(deps.loginSecret.reveal())
  return {
    proveKey: async (c) => {
      const proof = await verifyProof(c, null, deps)
      await proof.claim()
      return proof.jkt
    },
    issue: ({ jkt, accountId, deviceId, platformId }) => {
      const issuedS = Math.floor(deps.now() / 1000)
      return new SignJWT({ accountId, deviceId, platformId, cnf: { jkt } })
        .setProtectedHeader({ alg: 'HS256', typ: TOKEN_TYPE })
        .setIssuedAt(issuedS)
        .setExpirationTime(issuedS + ACCESS_TOKEN_S)
        .sign(key)
    },
    requireLogin: async (c, next) => {
      const token = /^DPoP ([\w.-]{1,2048})$/.exec(c.req.header('authorization') ?? '')?.[1]
      if (token === undefined) throw problem('login_required')
      const { jkt, ...login } = await verifyToken(token, key, deps.now())
      const proof = await verifyProof(c, token, deps)
      if (proof.jkt !== jkt) throw problem('login_required')
      await deps.limits.byLogin(login)
      await proof.claim()
      if (!(await deps.isActive(login.deviceId))) throw problem('device_revoked')
      c.set('login', login)
      await next()
    },
  }
}

async function verifyToken(token: string, key: Uint8Array, nowMs: number): Promise<BoundLogin> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      typ: TOKEN_TYPE,
      currentDate: new Date(nowMs),
    })
    const { cnf, accountId, deviceId, platformId } = z.parse(tokenClaims, payload)
    return { accountId, deviceId, platformId, jkt: cnf.jkt }
  } catch {
    throw problem('login_required')
  }
}
