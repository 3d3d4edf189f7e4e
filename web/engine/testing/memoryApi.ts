/** A small API in memory for tests of the engine: keeps, hands out, relays; and lies where a test tells it to. */
import type { LinkChange, LinkMake } from '../../../wire/contactLinks.ts'
import type { CapabilityBatch } from '../../../wire/devices.ts'
import type { AcknowledgePost, EnvelopePost } from '../../../wire/envelope.ts'
import type { PrekeyUpload, DhPrekeyWire, KemPrekeyWire } from '../../../wire/prekeys.ts'
import type { FreshnessStatement, SigchainEntry } from '../../../wire/sigchain.ts'
import type { StreamEnvelope } from '../../../wire/stream.ts'
import { activeDevices, sha256, toBase64url, verifyChain } from '../../../protocol/index.ts'
import { brand, bytes, randomId } from '../core.ts'

/** Bodies of every route at once: the engine's own types have checked what it sends. */
type AnyBody = { readonly genesis: SigchainEntry; readonly accountId: string; readonly deviceId: string } & {
  readonly statement: FreshnessStatement
  readonly tags: readonly string[]
  readonly devices: readonly string[]
} & CapabilityBatch &
  AcknowledgePost &
  EnvelopePost &
  PrekeyUpload &
  Omit<LinkMake, 'limit' | 'expiresAtMs'> &
  LinkChange

interface StoredDevice {
  readonly accountId: string
  readonly deviceId: string
  signedPreKey: DhPrekeyWire | null
  lastResort: KemPrekeyWire | null
  readonly oneTime: Map<string, DhPrekeyWire>
  readonly oneTimeKem: Map<string, KemPrekeyWire>
  readonly mailbox: StreamEnvelope[]
  runId: string | null
  stream: ReadableStreamDefaultController<Uint8Array> | null
}

interface StoredAccount {
  readonly entries: SigchainEntry[]
  readonly statements: FreshnessStatement[]
  readonly device: StoredDevice
}

interface StoredLink {
  readonly accountId: string
  readonly authHash: string
  readonly descriptor: string
  readonly kind: 'long_lived' | 'one_time'
  state: string
  resolved: number
}

/** What a test may change under way. */
export interface Mischief {
  /** Before the answer of a request reaches the client; may replace it. */
  answer: (path: string, body: unknown) => unknown
  /** Called before a request is handled: may throw to look like a dead network. */
  request: (method: string, path: string) => Promise<void> | void
  /** After a request was handled: may throw, as when the answer is lost. */
  answered: (method: string, path: string) => Promise<void> | void
  /** Envelopes on their way to a Device, in the order they will be given. */
  deliver: (envelopes: StreamEnvelope[]) => StreamEnvelope[]
}

export type MemoryApi = ReturnType<typeof createMemoryApi>

export function createMemoryApi(origin: string) {
  const accounts = new Map<string, StoredAccount>()
  const links = new Map<string, StoredLink>()
  /** H(capability) or ticket, to whose Account it opens. */
  const rights = new Map<
    string,
    { readonly accountId: string; readonly tag: string; readonly isTicket: boolean }
  >()
  const posted: EnvelopePost[] = []
  const mischief: Mischief = {
    answer: (_path, body) => body,
    request: () => undefined,
    answered: () => undefined,
    deliver: (envelopes) => envelopes,
  }

  async function fetch(url: string, init: RequestInit): Promise<Response> {
    const { pathname, searchParams } = new URL(url)
    const method = init.method ?? 'GET'
    await mischief.request(method, pathname)
    const body = (typeof init.body === 'string' ? JSON.parse(init.body) : {}) as AnyBody
    const headers = new Headers(init.headers)
    if (pathname === '/v1/stream') return stream(deviceOf(headers), searchParams, init.signal ?? null)
    const answer = await handle(method, pathname, searchParams, headers, body)
    await mischief.answered(method, pathname)
    if (answer instanceof Response) return answer
    return Response.json(mischief.answer(pathname, structuredClone(answer)), {
      headers: { Date: new Date().toUTCString() },
    })
  }

  function deviceOf(headers: Headers): StoredDevice {
    const token = headers.get('Authorization')?.replace('DPoP ', '') ?? ''
    const account = [...accounts.values()].find(({ device }) => device.deviceId === token)
    if (!account) throw new Error('no such Login')
    return account.device
  }

  async function accountOf(headers: Headers): Promise<StoredAccount | null> {
    const given = headers.get('Plasma-Capability') ?? headers.get('Plasma-Ticket') ?? ''
    const right = rights.get(toBase64url(await sha256(bytes(given))))
    return right ? (accounts.get(right.accountId) ?? null) : null
  }

  async function handle(
    method: string,
    path: string,
    query: URLSearchParams,
    headers: Headers,
    body: AnyBody,
  ): Promise<unknown> {
    if (path === '/v1/platform') {
      return {
        platformId: 'pk_ceramics',
        name: 'Ceramics',
        signInUrl: `${origin}/sign-in`,
        profileLinkUrl: null,
        retentionDays: 30,
      }
    }
    if (path === '/v1/accounts') return createAccount(body.genesis)
    if (path === '/v1/login') return loginOf(body.accountId, body.deviceId)
    if (path === '/v1/envelopes') return post(headers, body)
    if (path.startsWith('/v1/accounts/')) return readAccount(path, query, headers, body)
    const device = deviceOf(headers)
    switch (`${method} ${path}`) {
      case 'GET /v1/prekeys':
        return {
          signedPreKeyId: device.signedPreKey?.prekeyId ?? null,
          lastResortId: device.lastResort?.prekeyId ?? null,
          oneTimeIds: [...device.oneTime.keys()],
          oneTimeKemIds: [...device.oneTimeKem.keys()],
        }
      case 'POST /v1/prekeys':
        return upload(device, body)
      case 'POST /v1/freshness':
        accounts.get(device.accountId)?.statements.splice(0, 1, body.statement)
        return {}
      case 'POST /v1/capabilities':
        for (const { hash, tag } of body.add)
          rights.set(hash, { accountId: device.accountId, tag, isTicket: false })
        endRights(body.revoke)
        return {}
      case 'POST /v1/tickets/end':
        endRights(body.tags)
        return {}
      case 'POST /v1/acknowledgements':
        for (const { envelopeId } of body.acknowledgements) {
          const at = device.mailbox.findIndex((envelope) => envelope.envelopeId === envelopeId)
          if (at >= 0) device.mailbox.splice(at, 1)
        }
        return {}
      case 'GET /v1/contact-links':
        return { links: [] }
      case 'POST /v1/contact-links':
        links.set(body.lookup, { ...body, accountId: device.accountId, state: 'active', resolved: 0 })
        return {}
      case 'POST /v1/contact-links/resolve':
        return resolve(body.lookup)
      default:
        if (method === 'PATCH') {
          const link = links.get(path.split('/').at(-1) ?? '')
          if (link && body.state) link.state = body.state
          return {}
        }
        return problem(404, 'not_found')
    }
  }

  async function createAccount(genesis: SigchainEntry): Promise<unknown> {
    const accountId = toBase64url(await sha256(bytes(genesis.body)))
    const deviceId = await deviceIdIn(genesis)
    if (!accounts.has(accountId)) {
      const device: StoredDevice = {
        accountId,
        deviceId,
        signedPreKey: null,
        lastResort: null,
        oneTime: new Map(),
        oneTimeKem: new Map(),
        mailbox: [],
        runId: null,
        stream: null,
      }
      accounts.set(accountId, { entries: [genesis], statements: [], device })
    }
    return loginOf(accountId, deviceId)
  }

  const loginOf = (accountId: string, deviceId: string) => ({
    accountId,
    deviceId,
    accessToken: deviceId,
    expiresInS: 600,
    entitlement: { version: 1, start: true, reply: true, untilMs: null },
    nowMs: Date.now(),
  })

  function upload(device: StoredDevice, body: PrekeyUpload): unknown {
    if (body.signedPreKey) device.signedPreKey = body.signedPreKey
    if (body.lastResort) device.lastResort = body.lastResort
    for (const prekey of body.oneTime) device.oneTime.set(prekey.prekeyId, prekey)
    for (const prekey of body.oneTimeKem) device.oneTimeKem.set(prekey.prekeyId, prekey)
    for (const id of body.purge) {
      device.oneTime.delete(id)
      device.oneTimeKem.delete(id)
    }
    return {}
  }

  function endRights(tags: readonly string[]): void {
    for (const [hash, right] of rights) if (tags.includes(right.tag)) rights.delete(hash)
  }

  async function resolve(lookup: string): Promise<unknown> {
    const link = links.get(lookup)
    if (!link || link.state !== 'active') return problem(404, 'link_gone')
    link.resolved += 1
    const ticket = crypto.getRandomValues(new Uint8Array(32))
    const hash = toBase64url(await sha256(ticket))
    rights.set(hash, { accountId: link.accountId, tag: randomId(), isTicket: true })
    const { kind, descriptor } = link
    return { ticket: toBase64url(ticket), expiresAtMs: Date.now() + 86_400_000, kind, descriptor }
  }

  async function readAccount(
    path: string,
    query: URLSearchParams,
    headers: Headers,
    body: AnyBody,
  ): Promise<unknown> {
    const [, , , accountId, what] = path.split('/')
    const account = await accountOf(headers)
    if (!account || account.device.accountId !== accountId) return problem(403, 'not_accepted')
    if (what === 'sigchain') {
      const after = Number(query.get('after') ?? -1)
      return { accountId, entries: account.entries.slice(after + 1), statements: account.statements }
    }
    const { device } = account
    const wanted = body.devices.includes(device.deviceId) && device.signedPreKey && device.lastResort
    const bundles = wanted
      ? [
          {
            deviceId: device.deviceId,
            signedPreKey: device.signedPreKey,
            oneTime: takeFirst(device.oneTime),
            kem: takeFirst(device.oneTimeKem) ?? device.lastResort,
          },
        ]
      : []
    return { bundles, retentionDays: 30, asOfMs: Date.now() }
  }

  async function post(headers: Headers, body: EnvelopePost): Promise<unknown> {
    const account = await accountOf(headers)
    if (!account) return problem(403, 'not_accepted')
    posted.push(body)
    const hash = toBase64url(
      await sha256(bytes(headers.get('Plasma-Ticket') ?? headers.get('Plasma-Capability') ?? '')),
    )
    const right = rights.get(hash)
    const taken = body.envelopes.map(({ envelopeId, ciphertext, ephemeral }) => ({
      envelopeId,
      ciphertext,
      ephemeral,
      receipt: null,
      ticketTag: right?.isTicket ? brand<NonNullable<StreamEnvelope['ticketTag']>>(right.tag) : null,
      receivedMs: Date.now(),
    }))
    const { device } = account
    for (const envelope of taken) {
      if (!device.mailbox.some(({ envelopeId }) => envelopeId === envelope.envelopeId))
        device.mailbox.push(envelope)
    }
    give(device, mischief.deliver(taken))
    return { accepted: taken.map(({ envelopeId }) => envelopeId) }
  }

  function stream(device: StoredDevice, query: URLSearchParams, signal: AbortSignal | null): Response {
    signal?.throwIfAborted()
    const runId = query.get('runId')
    const isNext = device.runId === query.get('lastRunId')
    if (!isNext && device.runId !== runId) {
      return problem(409, 'run_conflict', { heldRunId: device.runId, known: false })
    }
    device.runId = runId
    close(device)
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        device.stream = controller
        give(device, mischief.deliver([...device.mailbox]))
        write(controller, 'caught_up', { nowMs: Date.now() })
        signal?.addEventListener('abort', () => {
          if (device.stream === controller) device.stream = null
          controller.error(new DOMException('gone', 'AbortError'))
        })
      },
    })
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
  }

  function give(device: StoredDevice, envelopes: readonly StreamEnvelope[]): void {
    const { stream: controller } = device
    if (controller) for (const envelope of envelopes) write(controller, 'envelope', envelope)
  }

  function close(device: StoredDevice): void {
    const { stream: controller } = device
    device.stream = null
    try {
      controller?.close()
    } catch {
      // Its reader is gone.
    }
  }

  return {
    origin,
    fetch,
    mischief,
    accounts,
    links,
    posted,
    closeStreams: () => accounts.forEach(({ device }) => close(device)),
  }
}

function write(controller: ReadableStreamDefaultController<Uint8Array>, event: string, data: unknown): void {
  controller.enqueue(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`))
}

function takeFirst<T>(prekeys: Map<string, T>): T | null {
  const [first] = prekeys
  if (!first) return null
  prekeys.delete(first[0])
  return first[1]
}

function problem(status: number, code: string, fields: Record<string, unknown> = {}): Response {
  const body = { type: 'about:blank', title: code, status, code, ...fields }
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/problem+json' },
  })
}

async function deviceIdIn(genesis: SigchainEntry): Promise<string> {
  const verified = await verifyChain(await sha256(bytes(genesis.body)), [
    { body: bytes(genesis.body), signature: bytes(genesis.signature) },
  ])
  const [device] = verified.ok ? activeDevices(verified.chain) : []
  if (!device) throw new Error('not a genesis')
  return toBase64url(device.deviceId)
}
