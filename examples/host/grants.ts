/** Grants: what a Platform signs so that the messenger opens for its visitor. All that an integration needs is here. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import { isMissing, type Profile } from './people.ts'

/** How long a Grant may be used. The messenger refuses more than ten minutes. */
const GRANT_LIFE_S = 5 * 60

/** What the messenger's app puts into the address of our sign-in page. */
export interface GrantRequest {
  /** Thumbprint of the device's login key: the Grant is useless with any other key. */
  readonly jkt: string
  readonly nonce: string
  readonly returnTo: URL
}

export interface GrantSigner {
  /** Published at /plasma/jwks.json. */
  readonly publicKeys: { readonly keys: readonly JWK[] }
  sign(request: GrantRequest, personId: string, profile: Profile, locale: string): Promise<string>
}

/** Reads the signing key from `dataDir`, or makes it on the first start. */
export async function openGrantSigner(
  dataDir: string,
  platformId: string,
  messengerOrigin: string,
): Promise<GrantSigner> {
  const privateJwk = await keptKey(join(dataDir, 'grant-key.json'))
  const kid = await calculateJwkThumbprint(privateJwk)
  const key = await importJWK(privateJwk, 'EdDSA')
  const { d: _private, ...publicJwk } = privateJwk
  return {
    publicKeys: { keys: [{ ...publicJwk, kid, alg: 'EdDSA', use: 'sig' }] },
    sign: ({ jkt, nonce }, personId, profile, locale) => {
      const nowS = Math.floor(Date.now() / 1000)
      const ent = { version: profile.entitlementVersion, start: profile.isPaid, reply: true }
      return new SignJWT({ nonce, cnf: { jkt }, ent, locale })
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' })
        .setIssuer(platformId)
        .setAudience(messengerOrigin)
        .setSubject(personId)
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + GRANT_LIFE_S)
        .setJti(randomUUID())
        .sign(key)
    },
  }
}

/**
 * Checks what came in the address of the sign-in page.
 *
 * @returns null when it is not from our messenger: a Grant goes back to the messenger's origin and nowhere else.
 */
export function parseGrantRequest(query: URLSearchParams, messengerOrigin: string): GrantRequest | null {
  const jkt = query.get('jkt') ?? ''
  const nonce = query.get('nonce') ?? ''
  const returnTo = parseUrl(query.get('return') ?? '')
  if (!/^[\w-]{43}$/.test(jkt) || !/^[\w-]{16,128}$/.test(nonce)) return null
  if (returnTo?.origin !== messengerOrigin || query.get('audience') !== messengerOrigin) return null
  return { jkt, nonce, returnTo }
}

/** Grant and name travel in the fragment: no server and no referrer sees it. The name is what Contacts will see at first. */
export function returnAddress({ returnTo, nonce }: GrantRequest, grant: string, name: string): string {
  const address = new URL(returnTo)
  address.hash = new URLSearchParams({ grant, nonce, name }).toString()
  return address.href
}

export function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

async function keptKey(file: string): Promise<JWK> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JWK
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const made = await exportJWK(privateKey)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, JSON.stringify(made), { mode: 0o600 })
  return made
}
