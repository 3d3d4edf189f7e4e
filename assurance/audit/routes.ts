/** One case for every route of the API: how a right request looks, and what somebody else's would be. */
import { type AuditPerson, hashOf, random, type Target } from './client.ts'

export type RouteAuth = 'none' | 'proof' | 'login' | 'admission'

/** The people of the audit. carol's Platform lets its people talk among themselves only. */
export interface Cast {
  readonly target: Target
  readonly alice: AuditPerson
  readonly mallory: AuditPerson
  readonly carol: AuditPerson
  /** Values of registered Capabilities, each its owner's. */
  readonly capabilities: { readonly alice: string; readonly mallory: string; readonly carol: string }
  /** alice's ContactLink. */
  readonly link: { readonly lookup: string; readonly auth: string }
}

export interface RouteCase {
  readonly auth: RouteAuth
  /** Where it differs from the route's pattern: for alice. */
  readonly path?: (cast: Cast) => string
  /** A body that fits the schema. */
  readonly body?: (cast: Cast) => Record<string, unknown>
  /** Statuses of the right request by alice. Whatever its values do, they are not refusals of her right to ask. */
  readonly right: readonly number[]
  /** Takes alice's things with a Login that is not hers: what mallory and carol are told. */
  readonly foreign?: readonly number[]
}

const entry = () => ({ entry: { body: random(64), signature: random(64) } })
const description = (lookup: string) => ({
  lookup,
  authHash: random(32),
  kind: 'long_lived',
  descriptor: random(128),
  limit: null,
  expiresAtMs: null,
})

export const routeCases: Readonly<Record<string, RouteCase>> = {
  'GET /healthz': { auth: 'none', right: [200] },
  'GET /readyz': { auth: 'none', right: [200] },
  'GET /openapi.json': { auth: 'none', right: [200] },
  'GET /v1/platform': { auth: 'none', right: [200, 404] },
  'POST /v1/reports': {
    auth: 'none',
    body: () => ({ 'csp-report': { 'effective-directive': 'img-src' } }),
    right: [204],
  },
  'POST /v1/accounts': {
    auth: 'proof',
    body: () => ({ grant: 'a.b.c', genesis: { body: random(64), signature: random(64) } }),
    right: [400, 401],
  },
  'POST /v1/login': {
    auth: 'proof',
    body: ({ alice }) => ({ accountId: alice.accountId, deviceId: alice.deviceId }),
    right: [200],
    foreign: [401, 403, 404],
  },
  'GET /v1/stream': { auth: 'login', path: () => `/v1/stream?runId=${random(16)}`, right: [200, 400, 409] },
  'POST /v1/acknowledgements': {
    auth: 'login',
    body: () => ({ acknowledgements: [{ envelopeId: random(16), receipt: null }] }),
    right: [200],
  },
  'GET /v1/prekeys': { auth: 'login', right: [200] },
  'POST /v1/prekeys': {
    auth: 'login',
    body: () => ({ oneTime: [], oneTimeKem: [], purge: [] }),
    right: [200, 400],
  },
  'POST /v1/sigchain': { auth: 'login', body: entry, right: [400, 409] },
  'POST /v1/freshness': {
    auth: 'login',
    body: () => ({ statement: { body: random(64), signature: random(64) } }),
    right: [400],
  },
  'GET /v1/capabilities': { auth: 'login', right: [200] },
  'POST /v1/capabilities': {
    auth: 'login',
    body: () => ({ add: [{ hash: random(32), tag: random(16) }], revoke: [] }),
    right: [200],
  },
  'POST /v1/tickets/end': { auth: 'login', body: () => ({ tags: [random(16)] }), right: [200] },
  'GET /v1/contact-links': { auth: 'login', right: [200] },
  'POST /v1/contact-links': { auth: 'login', body: () => description(random(16)), right: [200, 201] },
  'PATCH /v1/contact-links/{lookup}': {
    auth: 'login',
    path: ({ link }) => `/v1/contact-links/${link.lookup}`,
    body: () => ({ limit: 100 }),
    right: [200],
    foreign: [403, 404],
  },
  'POST /v1/contact-links/resolve': {
    auth: 'login',
    body: ({ link }) => ({ lookup: link.lookup, auth: random(32) }),
    right: [200, 403, 404],
    foreign: [403, 404],
  },
  'GET /v1/accounts/{accountId}/sigchain': {
    auth: 'admission',
    path: ({ alice }) => `/v1/accounts/${alice.accountId}/sigchain`,
    right: [200],
  },
  'POST /v1/accounts/{accountId}/bundles': {
    auth: 'admission',
    path: ({ alice }) => `/v1/accounts/${alice.accountId}/bundles`,
    body: ({ alice }) => ({ devices: [alice.deviceId] }),
    right: [200],
  },
  'POST /v1/envelopes': {
    auth: 'admission',
    body: ({ alice }) => ({
      account: alice.accountId,
      head: { seq: 0, hash: alice.accountId },
      omitted: [],
      envelopes: [
        { deviceId: alice.deviceId, envelopeId: random(16), ephemeral: false, ciphertext: random(512) },
      ],
    }),
    right: [200],
  },
}

/** Registers a Capability. @returns its value. */
export async function giveCapability(person: AuditPerson): Promise<string> {
  const value = random(32)
  const add = [{ hash: hashOf(Buffer.from(value, 'base64url')), tag: random(16) }]
  const answer = await person.call('POST', '/v1/capabilities', { add, revoke: [] })
  if (answer.status !== 200) throw new Error(`no Capability: ${answer.text}`)
  return value
}

/** Makes a ContactLink. @returns what opens it. */
export async function giveLink(person: AuditPerson): Promise<Cast['link']> {
  const [lookup, auth] = [random(16), random(32)]
  const authHash = hashOf(Buffer.from(auth, 'base64url'))
  const answer = await person.call('POST', '/v1/contact-links', { ...description(lookup), authHash })
  if (answer.status >= 300) throw new Error(`no ContactLink: ${answer.text}`)
  return { lookup, auth }
}
