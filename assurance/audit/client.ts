/** Platforms, people with real keys and Logins, and requests of every kind, right and wrong, over HTTP. */
import { createHash, randomBytes } from 'node:crypto'
import { calculateThumbprint, generateKeyPair as generateLoginKeys, type KeyPair } from 'dpop'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { generateDhKeyPair, generateSignKeyPair, makeGenesis, toBase64url } from '../../protocol/index.ts'

export interface Target {
  readonly origin: string
  /** The messenger's secret for Logins: the audit gave it, so that it can make expired ones. */
  readonly loginSecret: string
}

export interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
  /** The Problem's code, or null. */
  readonly code: string | null
}

export interface AuditPlatform {
  readonly record: object
  grant(jkt: string, subject: string): Promise<string>
}

/** What a request shows for its Login. */
export interface Shown {
  readonly token?: string
  readonly proof?: string
}

export interface AuditPerson {
  readonly accountId: string
  readonly deviceId: string
  readonly token: string
  /** A token of this Device whose time is over. */
  readonly expiredToken: string
  /** A token of this Device that another server made. */
  readonly foreignToken: string
  proof(method: string, path: string, token?: string, claims?: JWTPayload): Promise<string>
  /** A request as it should be. */
  call(method: string, path: string, body?: unknown): Promise<Answer>
}

const HOUR_MS = 3_600_000

export async function makePlatform(
  id: string,
  origin: string,
  crossPlatform: string,
): Promise<AuditPlatform> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const { x } = await exportJWK(publicKey)
  return {
    record: {
      platformId: id,
      name: id,
      hosts: [],
      signInUrl: 'https://platform.example/sign-in',
      profileLinkUrl: null,
      retentionDays: 30,
      crossPlatform,
      keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'audit', x }],
    },
    grant: (jkt, subject) => {
      const nowS = Math.floor(Date.now() / 1000)
      const ent = { version: 1, start: true, reply: true }
      return new SignJWT({ nonce: random(16), cnf: { jkt }, ent })
        .setProtectedHeader({ alg: 'EdDSA', kid: 'audit' })
        .setIssuer(id)
        .setAudience(origin)
        .setSubject(subject)
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + 300)
        .setJti(random(16))
        .sign(privateKey)
    },
  }
}

/** Makes an Account with its first Device. */
export async function makePerson(target: Target, platform: AuditPlatform): Promise<AuditPerson> {
  const loginKeys = await generateLoginKeys('ES256', { extractable: true })
  const jkt = await calculateThumbprint(loginKeys.publicKey)
  const [sign, dh] = [await generateSignKeyPair(), await generateDhKeyPair()]
  const genesis = await makeGenesis({
    sign,
    dhPub: dh.publicKey,
    caps: new Uint8Array([1]),
    hour: Math.floor(Date.now() / HOUR_MS),
    recoveryPub: null,
  })
  const proof = proofMaker(target, loginKeys)
  const { body, signature } = genesis.entry
  const entry = { body: toBase64url(body), signature: toBase64url(signature) }
  const made = await request(target, 'POST', '/v1/accounts', {
    headers: { DPoP: await proof('POST', '/v1/accounts') },
    body: { grant: await platform.grant(jkt, `subject-${random(8)}`), genesis: entry },
  })
  if (made.status !== 201) throw new Error(`no Account: ${made.text}`)
  const [accountId, deviceId] = [toBase64url(genesis.accountId), toBase64url(genesis.deviceId)]
  const { accessToken } = JSON.parse(made.text) as { accessToken: string }
  const claims = { ...claimsOf(accessToken), accountId, deviceId, cnf: { jkt } }
  return {
    accountId,
    deviceId,
    token: accessToken,
    expiredToken: await makeToken(target.loginSecret, claims, -60),
    foreignToken: await makeToken(random(32), claims, 600),
    proof,
    call: async (method, path, sent) =>
      request(target, method, path, {
        headers: { ...shownHeaders({ token: accessToken, proof: await proof(method, path, accessToken) }) },
        body: sent,
      }),
  }
}

/** One request. Redirects are not followed; the answer is read whole. */
export async function request(
  target: Pick<Target, 'origin'>,
  method: string,
  path: string,
  sent: { readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown } = {},
): Promise<Answer> {
  const hasBody = sent.body !== undefined && method !== 'GET'
  const answer = await fetch(target.origin + path, {
    method,
    redirect: 'manual',
    headers: { ...sent.headers, ...(hasBody ? { 'Content-Type': 'application/json' } : {}) },
    body: hasBody ? JSON.stringify(sent.body) : null,
    signal: AbortSignal.timeout(15_000),
  })
  const type = answer.headers.get('content-type') ?? ''
  if (type.startsWith('text/event-stream')) {
    await answer.body?.cancel()
    return { status: answer.status, type, text: '', code: null }
  }
  const text = await answer.text()
  return { status: answer.status, type, text, code: codeOf(type, text) }
}

export function shownHeaders({ token, proof }: Shown): Record<string, string> {
  return {
    ...(token === undefined ? {} : { Authorization: `DPoP ${token}` }),
    ...(proof === undefined ? {} : { DPoP: proof }),
  }
}

export function random(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}

export function hashOf(value: string | Buffer): string {
  return createHash('sha256').update(value).digest('base64url')
}

function proofMaker(target: Target, keys: KeyPair): AuditPerson['proof'] {
  return async (method, path, token, claims = {}) => {
    const { kty = '', crv = '', x = '', y = '' } = await exportJWK(keys.publicKey)
    const whole = {
      htm: method,
      htu: target.origin + path.split('?')[0],
      iat: Math.floor(Date.now() / 1000),
      jti: random(16),
      ...(token === undefined ? {} : { ath: hashOf(token) }),
      ...claims,
    }
    const header = { alg: 'ES256', typ: 'dpop+jwt', jwk: { kty, crv, x, y } }
    return new SignJWT(whole).setProtectedHeader(header).sign(keys.privateKey)
  }
}

function makeToken(secret: string, claims: JWTPayload, livesS: number): Promise<string> {
  const nowS = Math.floor(Date.now() / 1000)
  return new SignJWT({ ...claims, iat: nowS - 600, exp: nowS + livesS })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .sign(new TextEncoder().encode(secret))
}

function claimsOf(token: string): JWTPayload {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as JWTPayload
}

function codeOf(type: string, text: string): string | null {
  if (!type.startsWith('application/problem+json')) return null
  return (JSON.parse(text) as { code: string }).code
}
