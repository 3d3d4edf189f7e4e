/** DPoP proofs (RFC 9449) by the Device's login key: ES256, its private half cannot be exported. */
import { toBase64url } from '../../protocol/index.ts'

export interface LoginKey {
  readonly privateKey: CryptoKey
  /** `{ crv, kty, x, y }`, nothing else. */
  readonly jwk: PublicJwk
}
export interface PublicJwk {
  readonly crv: string
  readonly kty: string
  readonly x: string
  readonly y: string
}
export interface ProofOf {
  readonly htm: string
  /** Without query and fragment. */
  readonly htu: string
  readonly nowMs: number
  /** Hash of the access token that the proof goes with. */
  readonly ath?: string
}

const utf8 = new TextEncoder()
const sha256 = async (text: string) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(text)))
const part = (value: unknown) => toBase64url(utf8.encode(JSON.stringify(value)))

export async function makeProof(key: LoginKey, { htm, htu, nowMs, ath }: ProofOf): Promise<string> {
  const jti = toBase64url(crypto.getRandomValues(new Uint8Array(16)))
  const head = part({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk })
  const claims = part({
    jti,
    htm,
    htu: htu.split('?')[0],
    iat: Math.floor(nowMs / 1000),
    ...(ath ? { ath } : {}),
  })
  const signed = utf8.encode(`${head}.${claims}`)
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key.privateKey, signed)
  return `${head}.${claims}.${toBase64url(new Uint8Array(signature))}`
}

export const accessHash = async (accessToken: string): Promise<string> =>
  toBase64url(await sha256(accessToken))

/** RFC 7638: members in lexical order, no white space. */
export async function thumbprint({ crv, kty, x, y }: PublicJwk): Promise<string> {
  return toBase64url(await sha256(JSON.stringify({ crv, kty, x, y })))
}
