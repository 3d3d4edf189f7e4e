/** For tests: the API as a client meets it, a Platform that signs Grants, and people with real keys. */
import { createHash, randomBytes } from 'node:crypto'
import { calculateThumbprint, generateKeyPair as generateLoginKeys, type KeyPair as LoginKeys } from 'dpop'
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'
import {
  encode,
  generateDhKeyPair,
  generateSignKeyPair,
  makeFreshness,
  makeGenesis,
  makeLastResort,
  makeOneTime,
  makeOneTimeKem,
  makeSignedPreKey,
  toBase64url,
  verifyChain,
  type Bytes,
  type DhPrivateKey,
  type Genesis,
  type KeyPair,
  type Sigchain,
  type SignedEntry,
  type SignedPrekey,
  type SignPrivateKey,
} from '../protocol/index.ts'
import type { LinkMake } from '../wire/contactLinks.ts'
import type { SigchainEntry } from '../wire/sigchain.ts'
import { createApp, type App, type AppDeps } from './app.ts'
import { DEFAULT_LIMITS } from './config.ts'
import type { TestStores } from './db/testing.ts'
import { createLog, Secret } from './log.ts'
import type { PlatformRecord } from './platforms/index.ts'

export const ORIGIN = 'https://chat.example'
export const HOUR = 480_000

/** Moved by hand. It starts at the real time: databases and buses have clocks of their own. */
export interface TestClock {
  now(): number
  advance(ms: number): void
}

export function testClock(): TestClock {
  let offsetMs = 0
  return {
    now: () => Date.now() + offsetMs,
    advance: (ms) => {
      offsetMs += ms
    },
  }
}

export interface TestApi {
  readonly app: App
  readonly clock: TestClock
  readonly logLines: readonly string[]
}

export function startApi(stores: TestStores, changes: Partial<AppDeps> = {}, clock = testClock()): TestApi {
  const logLines: string[] = []
  const app = createApp({
    config: { holdMs: 50, limits: DEFAULT_LIMITS, trustProxy: true, webDir: 'no-such-directory' },
    publicOrigin: ORIGIN,
    loginSecret: new Secret('a secret of thirty-two bytes or more'),
    sql: stores.sql,
    bus: stores.bus,
    log: createLog('debug', { write: (line) => void logLines.push(line) }),
    now: clock.now,
    ...changes,
  })
  return { app, clock, logLines }
}

/** A Platform of its own for each test, so that tests share a database and nothing else. */
export class TestPlatform {
  readonly platformId = `pk_test_${randomBytes(6).toString('hex')}`
  readonly kid = 'key-1'
  readonly #clock: TestClock
  readonly #keys: Awaited<ReturnType<typeof generateKeyPair>>

  private constructor(clock: TestClock, keys: Awaited<ReturnType<typeof generateKeyPair>>) {
    this.#clock = clock
    this.#keys = keys
  }

  static async join({ app, clock }: TestApi, changes: Partial<PlatformRecord> = {}): Promise<TestPlatform> {
    const platform = new TestPlatform(clock, await generateKeyPair('Ed25519', { extractable: true }))
    await app.platforms.upsert({ ...(await platform.record()), ...changes })
    return platform
  }

  async record(): Promise<PlatformRecord> {
    const { x = '' } = await exportJWK(this.#keys.publicKey)
    return {
      platformId: this.platformId,
      name: 'Ceramics',
      hosts: [],
      signInUrl: 'https://ceramics.example/sign-in',
      profileLinkUrl: null,
      retentionDays: 30,
      keys: [{ kty: 'OKP', crv: 'Ed25519', kid: this.kid, x }],
      crossPlatform: 'any',
    }
  }

  /** A Grant that holds, unless `claims` or `header` change it. */
  async grant(jkt: string, claims: JWTPayload = {}, header: Record<string, unknown> = {}): Promise<string> {
    const nowS = Math.floor(this.#clock.now() / 1000)
    const whole = {
      iss: this.platformId,
      aud: ORIGIN,
      sub: `visitor-${randomBytes(4).toString('hex')}`,
      iat: nowS,
      exp: nowS + 300,
      jti: randomBytes(16).toString('base64url'),
      nonce: randomBytes(16).toString('base64url'),
      cnf: { jkt },
      ent: { version: 1, start: true, reply: true },
      ...claims,
    }
    return new SignJWT(whole)
      .setProtectedHeader({ alg: 'EdDSA', kid: this.kid, ...header })
      .sign(this.#keys.privateKey)
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: any // oxlint-disable-line typescript/no-explicit-any -- tests read what came, whatever it is
}

export interface CallOptions {
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

export async function call(
  { app }: TestApi,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Answer> {
  const { body, headers = {} } = options
  const answer = await app.request(`${ORIGIN}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) }
}

/** One Device of a Person, and the Account that it founds. */
export class Person {
  readonly subject: string
  readonly loginKeys: LoginKeys
  readonly jkt: string
  readonly sign: KeyPair<SignPrivateKey>
  readonly dh: KeyPair<DhPrivateKey>
  readonly genesis: Genesis
  readonly accountId: string
  readonly deviceId: string
  readonly #api: TestApi
  accessToken = ''

  private constructor(
    api: TestApi,
    made: Pick<Person, 'subject' | 'loginKeys' | 'jkt' | 'sign' | 'dh' | 'genesis'>,
  ) {
    this.#api = api
    this.subject = made.subject
    this.loginKeys = made.loginKeys
    this.jkt = made.jkt
    this.sign = made.sign
    this.dh = made.dh
    this.genesis = made.genesis
    this.accountId = toBase64url(made.genesis.accountId)
    this.deviceId = toBase64url(made.genesis.deviceId)
  }

  /** With keys, without an Account. */
  static async prepare(api: TestApi, name: string): Promise<Person> {
    const loginKeys = await generateLoginKeys('ES256', { extractable: true })
    const jkt = await calculateThumbprint(loginKeys.publicKey)
    const [sign, dh] = [await generateSignKeyPair(), await generateDhKeyPair()]
    const genesis = await makeGenesis({
      sign,
      dhPub: dh.publicKey,
      caps: new Uint8Array([1]),
      hour: HOUR,
      recoveryPub: null,
    })
    return new Person(api, {
      subject: `${name}-${randomBytes(4).toString('hex')}`,
      loginKeys,
      jkt,
      sign,
      dh,
      genesis,
    })
  }

  static async join(
    api: TestApi,
    platform: TestPlatform,
    name: string,
    claims: JWTPayload = {},
  ): Promise<Person> {
    const person = await Person.prepare(api, name)
    const answer = await person.createAccount(
      await platform.grant(person.jkt, { sub: person.subject, ...claims }),
    )
    if (answer.status !== 201) throw new Error(`no Account: ${answer.body.code}`)
    return person
  }

  async createAccount(
    grant: string,
    genesis: SigchainEntry = wireEntry(this.genesis.entry),
  ): Promise<Answer> {
    const headers = { dpop: await this.proof('POST', '/v1/accounts') }
    const answer = await call(this.#api, 'POST', '/v1/accounts', { body: { grant, genesis }, headers })
    if (answer.status < 300) this.accessToken = answer.body.accessToken
    return answer
  }

  async logIn(grant?: string): Promise<Answer> {
    const headers = { dpop: await this.proof('POST', '/v1/login') }
    const body = {
      accountId: this.accountId,
      deviceId: this.deviceId,
      ...(grant === undefined ? {} : { grant }),
    }
    const answer = await call(this.#api, 'POST', '/v1/login', { body, headers })
    if (answer.status === 200) this.accessToken = answer.body.accessToken
    return answer
  }

  /** With a Login: token and a proof for this request. */
  async call(method: string, path: string, body?: unknown, through: TestApi = this.#api): Promise<Answer> {
    const headers = await this.loginHeaders(method, path)
    return call(through, method, path, body === undefined ? { headers } : { body, headers })
  }

  async loginHeaders(method: string, path: string): Promise<Record<string, string>> {
    const proof = await this.proof(method, path, this.accessToken)
    return { authorization: `DPoP ${this.accessToken}`, dpop: proof }
  }

  /** As the `dpop` package makes them, but by the test's clock and with claims that it would not let through. */
  async proof(method: string, path: string, token?: string, claims: JWTPayload = {}): Promise<string> {
    const whole = {
      htm: method,
      htu: `${ORIGIN}${path.split('?')[0]}`,
      iat: Math.floor(this.#api.clock.now() / 1000),
      jti: random(16),
      ...(token === undefined ? {} : { ath: hashOf(Buffer.from(token)) }),
      ...claims,
    }
    const jwk = await exportJWK(this.loginKeys.publicKey)
    const { kty = '', crv = '', x = '', y = '' } = jwk
    const header = { alg: 'ES256', typ: 'dpop+jwt', jwk: { kty, crv, x, y } }
    return new SignJWT(whole).setProtectedHeader(header).sign(this.loginKeys.privateKey)
  }

  async chain(): Promise<Sigchain> {
    const result = await verifyChain(this.genesis.accountId, [this.genesis.entry])
    if (!result.ok) throw new Error(result.failure)
    return result.chain
  }

  async freshness(hour = HOUR): Promise<{ body: string; signature: string }> {
    const { accountId, deviceId } = this.genesis
    const { head } = await this.chain()
    const { body, signature } = await makeFreshness({ accountId, deviceId, sign: this.sign, head, hour })
    return { body: toBase64url(body), signature: toBase64url(signature) }
  }

  /** What POST /v1/prekeys takes. */
  async prekeys(oneTime: number, oneTimeKem = oneTime) {
    const owner = { deviceId: this.genesis.deviceId, sign: this.sign, hour: HOUR }
    const many = async (count: number, make: () => Promise<{ prekey: SignedPrekey }>) =>
      Promise.all(Array.from({ length: count }, async () => wirePrekey((await make()).prekey)))
    return {
      signedPreKey: wirePrekey((await makeSignedPreKey(owner)).prekey),
      lastResort: wirePrekey((await makeLastResort(owner)).prekey),
      oneTime: await many(oneTime, () => makeOneTime(owner)),
      oneTimeKem: await many(oneTimeKem, () => makeOneTimeKem(owner)),
      purge: [] as string[],
    }
  }

  /** A registered Capability of this Device, and the header that shows it. */
  async capability(
    tag = random(16),
  ): Promise<{ readonly tag: string; readonly headers: Record<string, string> }> {
    const value = randomBytes(32)
    await this.call('POST', '/v1/capabilities', { add: [{ hash: hashOf(value), tag }], revoke: [] })
    return { tag, headers: { 'plasma-capability': value.toString('base64url') } }
  }

  /** A ContactLink, and what opens it. */
  async link(changes: Partial<Omit<LinkMake, 'lookup' | 'authHash'>> = {}) {
    const auth = randomBytes(32)
    const open = { lookup: random(16), auth: auth.toString('base64url') }
    const descriptor = random(128)
    const made = { kind: 'long_lived', limit: null, expiresAtMs: null, descriptor, ...changes }
    const body = { ...made, lookup: open.lookup, authHash: hashOf(auth) }
    const answer = await this.call('POST', '/v1/contact-links', body)
    return { body, open, answer }
  }

  /** A Ticket drawn from another's ContactLink, and the header that shows it. */
  async ticketFrom(open: { lookup: string; auth: string }): Promise<Record<string, string>> {
    const answer = await this.call('POST', '/v1/contact-links/resolve', open)
    return { 'plasma-ticket': answer.body.ticket }
  }
}

export function wireEntry({ body, signature, coSignature }: SignedEntry): SigchainEntry {
  const wire = { body: toBase64url(body), signature: toBase64url(signature) }
  return (
    coSignature === undefined ? wire : { ...wire, coSignature: toBase64url(coSignature) }
  ) as SigchainEntry
}

function wirePrekey({ prekeyId, key, hour, signature }: SignedPrekey) {
  return { prekeyId: toBase64url(prekeyId), key: toBase64url(key), hour, signature: toBase64url(signature) }
}

export function random(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}

export function hashOf(value: Uint8Array): string {
  return createHash('sha256').update(value).digest('base64url')
}

/** Bytes that no rule of the protocol knows. */
export function nonsense(): Bytes {
  return encode(['no such thing', 1])
}
