/** The only fetch. Every answer is parsed: the API is the client's adversary. */
import * as z from 'zod/mini'
import {
  envelopeAnswer,
  staleDevices,
  type AcknowledgePost,
  type EnvelopePost,
  type StaleDevices,
} from '../../wire/envelope.ts'
import { linkList, linkResolved, type LinkChange, type LinkMake } from '../../wire/contactLinks.ts'
import { capabilityInventory, type CapabilityBatch } from '../../wire/devices.ts'
import { login, type LoginAnswer, type LoginRequest, type AccountCreate } from '../../wire/grants.ts'
import { platformInfo } from '../../wire/platforms.ts'
import { bundleAnswer, prekeyInventory, type PrekeyUpload } from '../../wire/prekeys.ts'
import { problem, type ProblemCode } from '../../wire/problem.ts'
import { chainAnswer, type FreshnessStatement } from '../../wire/sigchain.ts'
import { runConflict } from '../../wire/stream.ts'
import type { Clock } from './clock.ts'
import { accessHash, makeProof, type LoginKey } from './proof.ts'

/** `offline`: no answer. `bad_answer`: one that fits no schema. `no_device`: nothing to log in with. */
export type RemoteWord = ProblemCode | 'offline' | 'bad_answer' | 'no_device'
export interface RemoteFailure {
  readonly ok: false
  readonly failure: RemoteWord
  readonly retryAfterMs: number | null
  /** With `stale_devices` only. */
  readonly stale?: StaleDevices
  /** With `run_conflict` only. */
  readonly heldRunId?: string | null
}
export type Answer<T> = { readonly ok: true; readonly value: T } | RemoteFailure

/** What a post or read by someone without a Login is allowed by. */
export type Right = { readonly kind: 'capability' | 'ticket'; readonly value: string }

export interface RemoteDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Origin of the messenger, without a trailing slash. */
  readonly origin: string
  readonly clock: Clock
  /** Null while this Device has no Account. */
  readonly device: () => Promise<{ readonly login: LoginKey; readonly request: LoginRequest } | null>
  readonly onLogin: (answer: LoginAnswer) => Promise<void>
}

/** Longer than the API's Hold; an answer later than this is asked for again. */
const TIMEOUT_MS = 20_000
/** A token this close to its end is renewed first. */
const RENEW_BEFORE_MS = 60_000

export type Remote = ReturnType<typeof createRemote>

export function createRemote(deps: RemoteDeps) {
  let token: { readonly value: string; readonly untilMs: number } | null = null
  let renewal: Promise<Answer<string>> | null = null

  async function renew(): Promise<Answer<string>> {
    const device = await deps.device()
    if (!device) return fail('no_device')
    const answer = await proven('POST', '/v1/login', login, device.login, device.request)
    return answer.ok ? keep(answer.value) : answer
  }

  async function keep(answer: LoginAnswer): Promise<Answer<string>> {
    token = { value: answer.accessToken, untilMs: deps.clock.nowMs() + answer.expiresInS * 1000 }
    await deps.onLogin(answer)
    return { ok: true, value: token.value }
  }

  async function accessToken(): Promise<Answer<string>> {
    if (token && token.untilMs - RENEW_BEFORE_MS > deps.clock.nowMs()) return { ok: true, value: token.value }
    renewal ??= renew().finally(() => (renewal = null))
    return renewal
  }

  /** A proof without an access token: Grants and Logins. The second try corrects a clock that the first found wrong. */
  async function proven<T>(
    method: string,
    path: string,
    schema: z.ZodMiniType<T>,
    key: LoginKey,
    body: unknown,
  ) {
    const once = async () =>
      call(deps, method, path, schema, {
        body,
        headers: { DPoP: await makeProof(key, proofOf(deps, method, path)) },
      })
    const answer = await once()
    return !answer.ok && (answer.failure === 'login_required' || answer.failure === 'proof_replayed')
      ? once()
      : answer
  }

  async function loginHeaders(method: string, path: string): Promise<Answer<Record<string, string>>> {
    const access = await accessToken()
    if (!access.ok) return access
    const device = await deps.device()
    if (!device) return fail('no_device')
    const ath = await accessHash(access.value)
    const proof = await makeProof(device.login, { ...proofOf(deps, method, path), ath })
    return { ok: true, value: { Authorization: `DPoP ${access.value}`, DPoP: proof } }
  }

  /** With a Login; renews it once when the API no longer takes it. */
  async function loggedIn<T>(
    method: string,
    path: string,
    schema: z.ZodMiniType<T>,
    body?: unknown,
  ): Promise<Answer<T>> {
    const once = async (): Promise<Answer<T>> => {
      const headers = await loginHeaders(method, path)
      return headers.ok ? call(deps, method, path, schema, { body, headers: headers.value }) : headers
    }
    const answer = await once()
    if (answer.ok || (answer.failure !== 'login_required' && answer.failure !== 'proof_replayed'))
      return answer
    token = null
    return once()
  }

  const nothing = z.object({})
  const account = (id: string, rest: string) => `/v1/accounts/${id}/${rest}`

  return {
    platform: () => call(deps, 'GET', '/v1/platform', platformInfo, {}),
    async createAccount(key: LoginKey, body: AccountCreate) {
      const answer = await proven('POST', '/v1/accounts', login, key, body)
      if (answer.ok) await keep(answer.value)
      return answer
    },
    async loginWithGrant(key: LoginKey, body: LoginRequest) {
      const answer = await proven('POST', '/v1/login', login, key, body)
      if (answer.ok) await keep(answer.value)
      return answer
    },
    forgetLogin() {
      token = null
    },
    acknowledge: (acknowledgements: AcknowledgePost['acknowledgements']) =>
      loggedIn('POST', '/v1/acknowledgements', nothing, { acknowledgements }),
    prekeys: () => loggedIn('GET', '/v1/prekeys', prekeyInventory),
    uploadPrekeys: (body: PrekeyUpload) => loggedIn('POST', '/v1/prekeys', nothing, body),
    postFreshness: (statement: FreshnessStatement) =>
      loggedIn('POST', '/v1/freshness', nothing, { statement }),
    capabilities: () => loggedIn('GET', '/v1/capabilities', capabilityInventory),
    changeCapabilities: (body: CapabilityBatch) => loggedIn('POST', '/v1/capabilities', nothing, body),
    endTickets: (tags: readonly string[]) => loggedIn('POST', '/v1/tickets/end', nothing, { tags }),
    links: () => loggedIn('GET', '/v1/contact-links', linkList),
    makeLink: (body: LinkMake) => loggedIn('POST', '/v1/contact-links', nothing, body),
    changeLink: (lookup: string, body: LinkChange) =>
      loggedIn('PATCH', `/v1/contact-links/${lookup}`, nothing, body),
    resolveLink: (lookup: string, auth: string) =>
      loggedIn('POST', '/v1/contact-links/resolve', linkResolved, { lookup, auth }),
    chain: (accountId: string, after: number, right: Right) =>
      call(deps, 'GET', `${account(accountId, 'sigchain')}?after=${after}`, chainAnswer, {
        headers: rightHeader(right),
      }),
    bundles: (accountId: string, devices: readonly string[], right: Right) =>
      call(deps, 'POST', account(accountId, 'bundles'), bundleAnswer, {
        body: { devices },
        headers: rightHeader(right),
      }),
    post: (body: EnvelopePost, right: Right) =>
      call(deps, 'POST', '/v1/envelopes', envelopeAnswer, { body, headers: rightHeader(right) }),
    /** The raw Stream. The caller reads and cancels its body. */
    async stream(runId: string, lastRunId: string | null, signal: AbortSignal): Promise<Answer<Response>> {
      const query = lastRunId === null ? `runId=${runId}` : `runId=${runId}&lastRunId=${lastRunId}`
      const once = async (): Promise<Answer<Response>> => {
        const headers = await loginHeaders('GET', '/v1/stream')
        if (!headers.ok) return headers
        const init = { headers: { ...headers.value, Accept: 'text/event-stream' }, signal }
        return answered(deps, `/v1/stream?${query}`, init)
      }
      const answer = await once()
      if (answer.ok || answer.failure !== 'login_required') return answer
      token = null
      return once()
    },
  }
}

function proofOf(deps: RemoteDeps, method: string, path: string) {
  return { htm: method, htu: `${deps.origin}${path}`, nowMs: deps.clock.serverNowMs() }
}

const rightHeader = ({ kind, value }: Right): Record<string, string> =>
  kind === 'ticket' ? { 'Plasma-Ticket': value } : { 'Plasma-Capability': value }

async function call<T>(
  deps: RemoteDeps,
  method: string,
  path: string,
  schema: z.ZodMiniType<T>,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> },
): Promise<Answer<T>> {
  const json = body === undefined ? {} : { 'Content-Type': 'application/json' }
  const answer = await answered(deps, path, {
    method,
    headers: { ...headers, ...json },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) return answer
  const parsed = schema.safeParse(await answer.value.json().catch(() => null))
  return parsed.success ? { ok: true, value: parsed.data } : fail('bad_answer')
}

/** The response when it is a success; else the Problem's word. */
async function answered(deps: RemoteDeps, path: string, init: RequestInit): Promise<Answer<Response>> {
  let response: Response
  try {
    response = await deps.fetch(`${deps.origin}${path}`, {
      ...init,
      credentials: 'omit',
      redirect: 'error',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    })
  } catch {
    return fail('offline')
  }
  deps.clock.learn(response.headers.get('Date'))
  return response.ok ? { ok: true, value: response } : problemOf(response)
}

async function problemOf(response: Response): Promise<RemoteFailure> {
  const body: unknown = await response.json().catch(() => null)
  const parsed = problem.safeParse(body)
  const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN)
  const retryAfterMs = Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3600) * 1000 : null
  // A proxy's page is no Problem of the API's: it is as good as no answer.
  if (!parsed.success) return { ...fail(response.status >= 500 ? 'unavailable' : 'bad_answer'), retryAfterMs }
  const failure = { ...fail(parsed.data.code), retryAfterMs }
  if (parsed.data.code === 'stale_devices') {
    const stale = staleDevices.safeParse(body)
    return stale.success ? { ...failure, stale: stale.data } : { ...failure, failure: 'bad_answer' }
  }
  if (parsed.data.code === 'run_conflict') {
    const conflict = runConflict.safeParse(body)
    return conflict.success
      ? { ...failure, heldRunId: conflict.data.heldRunId }
      : { ...failure, failure: 'bad_answer' }
  }
  return failure
}

const fail = (failure: RemoteWord): RemoteFailure => ({ ok: false, failure, retryAfterMs: null })
