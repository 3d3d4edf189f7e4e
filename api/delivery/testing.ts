/** For tests of delivery: instances over real sockets, and Devices that post, listen and acknowledge. */
import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer, type ServerType } from '@hono/node-server'
import { createParser } from 'eventsource-parser'
import { Hono, type MiddlewareHandler } from 'hono'
import { afterEach, beforeEach } from 'vitest'
import type { EnvelopePost } from '../../wire/envelope.ts'
import type { AccountId, DeviceId, EnvelopeId, RunId, Tag } from '../../wire/ids.ts'
import { streamEnvelope } from '../../wire/stream.ts'
import type { Bus } from '../bus/bus.ts'
import type { Sql } from '../db/sql.ts'
import { type TestStores, until } from '../db/testing.ts'
import type { Gate } from '../http/admission.ts'
import type { LoginEnv } from '../http/auth.ts'
import { apiHeaders } from '../http/headers.ts'
import { onError, problem } from '../http/problem.ts'
import { createLog } from '../log.ts'
import { createDelivery, type Delivery, type DeliveryDeps, type DeliveryTarget } from './index.ts'

/** Random bytes in base64url, of the kind its receiver expects. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export const newId = <Id extends string>(bytes: number) => randomBytes(bytes).toString('base64url') as Id
export const newEnvelopeId = () => newId<EnvelopeId>(16)

/** Accounts and who is active in them: what other domains know. */
export class World {
  readonly accounts = new Map<string, DeliveryTarget & { revoked: Set<string> }>()

  /** @returns an Account of so many Devices. */
  account(devices = 1): Person {
    const accountId = newId<AccountId>(32)
    const target = {
      head: { seq: 0, hash: newId<EnvelopePost['head']['hash']>(32) },
      devices: Array.from({ length: devices }, () => newId<DeviceId>(16)),
      retentionDays: 30,
      revoked: new Set<string>(),
    }
    this.accounts.set(accountId, target)
    const [device, otherDevice] = target.devices as [DeviceId, DeviceId]
    return { accountId, ...target, device, otherDevice }
  }
}

export interface Person extends DeliveryTarget {
  readonly accountId: AccountId
  readonly device: DeviceId
  /** Only of an Account with two. */
  readonly otherDevice: DeviceId
}

export interface Instance {
  readonly origin: string
  readonly delivery: Delivery
  /** As kill -9 looks to its Devices: every connection breaks, nothing is said. */
  kill(): Promise<void>
  close(): Promise<void>
}

export interface InstanceOptions extends Partial<Pick<DeliveryDeps, 'holdMs' | 'quota' | 'now'>> {
  readonly sql: Sql
  readonly bus: Bus
  readonly world: World
}

/** The bus, with some of its methods replaced. */
export function busWith(bus: Bus, changes: Partial<Bus>): Bus {
  return new Proxy(bus, {
    get: (target, key) => {
      const own: unknown = changes[key as keyof Bus] ?? target[key as keyof Bus]
      return typeof own === 'function' ? (own.bind(target) as unknown) : own
    },
  })
}

/** Admission is any Capability or Ticket header at all; a Login is the Device's id in clear text. */
export async function startInstance({ sql, bus, world, ...options }: InstanceOptions): Promise<Instance> {
  const log = createLog('error')
  let isKilled = false
  const subscribe: Bus['subscribe'] = (topic, listener) =>
    bus.subscribe(topic, (message) => isKilled || listener(message))
  const delivery = createDelivery({
    sql,
    bus: busWith(bus, { subscribe }),
    log,
    gate,
    requireLogin,
    target: async (accountId) => world.accounts.get(accountId),
    entriesAfter: async () => [],
    activeAmong: async (deviceIds) => {
      const revoked = [...world.accounts.values()].flatMap((account) => [...account.revoked])
      return new Set(deviceIds.filter((deviceId) => !revoked.includes(deviceId)))
    },
    headers: apiHeaders('https://plasma.example'),
    holdMs: 2000,
    now: Date.now,
    ...options,
  })
  const app = new Hono().onError(onError(log)).route('/', delivery.routes)
  const server = createAdaptorServer({ fetch: app.fetch })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const kill = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    isKilled = true
    closeConnections(server)
    void delivery.close()
    await closed
  }
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    await delivery.close()
    const timer = setTimeout(() => closeConnections(server), 500)
    await closed
    clearTimeout(timer)
  }
  return { origin, delivery, kill, close }
}

export interface Here {
  readonly world: World
  readonly instance: Instance
  /** A further instance on the same stores. */
  start(options?: Partial<InstanceOptions>): Promise<Instance>
}

/** Empty Mailboxes, a world and an instance for each test; all instances are closed after it. */
export function instanceForEachTest(stores: () => TestStores): Here {
  const running: Instance[] = []
  let world = new World()
  let first: Instance | null = null
  const start = async (options: Partial<InstanceOptions> = {}) => {
    const { sql, bus } = stores()
    const started = await startInstance({ sql, bus, world, ...options })
    running.push(started)
    return started
  }
  beforeEach(async () => {
    await stores().sql`delete from envelope`
    world = new World()
    first = await start()
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.close()))
  })
  return {
    get world() {
      return world
    },
    get instance() {
      if (first === null) throw new Error('only inside a test')
      return first
    },
    start,
  }
}

function closeConnections(server: ServerType): void {
  if ('closeAllConnections' in server) server.closeAllConnections()
}

const gate: Gate = {
  admit: async (c, accountId) => {
    const ticketTag = c.req.header('plasma-ticket') as Tag | undefined
    if (ticketTag !== undefined)
      return { kind: 'ticket', accountId: accountId as AccountId, hash: '', ticketTag }
    if (c.req.header('plasma-capability') === undefined) throw problem('not_accepted')
    return { kind: 'capability', accountId: accountId as AccountId, hash: '', deviceId: '' as DeviceId }
  },
  spendEnvelopes: async () => undefined,
}

const requireLogin: MiddlewareHandler<LoginEnv> = async (c, next) => {
  const deviceId = c.req.header('authorization')
  if (deviceId === undefined) throw problem('login_required')
  c.set('login', { accountId: '' as AccountId, deviceId: deviceId as DeviceId, platformId: 'pk_test' })
  await next()
}

export interface PostOptions {
  readonly ticketTag?: Tag
  readonly ephemeral?: boolean
  readonly envelopeIds?: readonly EnvelopeId[]
  readonly change?: Partial<EnvelopePost>
  readonly sizeBytes?: number
}

export interface Posted {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly envelopeIds: readonly EnvelopeId[]
  /** The first, for a person with one Device. */
  readonly envelopeId: EnvelopeId
  readonly tookMs: number
}

/** One Envelope for each of the recipient's Devices. */
export async function post(instance: Instance, to: Person, options: PostOptions = {}): Promise<Posted> {
  const envelopeIds = options.envelopeIds ?? to.devices.map(newEnvelopeId)
  const body: EnvelopePost = {
    account: to.accountId,
    head: to.head,
    omitted: [],
    envelopes: to.devices.map((deviceId, n) => ({
      deviceId,
      envelopeId: envelopeIds[n] as EnvelopeId,
      ephemeral: options.ephemeral ?? false,
      ciphertext: newId(options.sizeBytes ?? 512),
    })),
    ...options.change,
  }
  const startMs = performance.now()
  const response = await fetch(`${instance.origin}/v1/envelopes`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(options.ticketTag === undefined
        ? { 'plasma-capability': 'any' }
        : { 'plasma-ticket': options.ticketTag }),
    },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as Record<string, unknown>
  return {
    status: response.status,
    body: answer,
    envelopeIds,
    envelopeId: envelopeIds[0] as EnvelopeId,
    tookMs: performance.now() - startMs,
  }
}

export type Received = ReturnType<typeof streamEnvelope.parse>

export async function acknowledge(
  instance: Instance,
  deviceId: DeviceId,
  envelopes: readonly Pick<Received, 'envelopeId' | 'receipt'>[],
): Promise<number> {
  const acknowledgements = envelopes.map(({ envelopeId, receipt }) => ({ envelopeId, receipt }))
  const response = await fetch(`${instance.origin}/v1/acknowledgements`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: deviceId },
    body: JSON.stringify({ acknowledgements }),
  })
  await response.text()
  return response.status
}

export interface ListenOptions {
  readonly runId?: RunId
  readonly lastRunId?: RunId | null
  /** Called for each Envelope; by default it is acknowledged at once, on the same instance. Null: nothing is done. */
  readonly onEnvelope?: ((envelope: Received) => unknown) | null
}

export interface Listening {
  readonly status: number
  readonly headers: Headers
  readonly runId: RunId
  readonly problem: Record<string, unknown> | null
  /** All events in order: name and data. */
  readonly events: readonly { readonly event: string; readonly data: Record<string, unknown> }[]
  readonly envelopes: readonly Received[]
  has(event: string): boolean
  readonly ended: Promise<void>
  stop(): void
}

/** Opens the Device's Stream; resolves with the answer's head. */
export async function listen(
  instance: Instance,
  deviceId: DeviceId,
  options: ListenOptions = {},
): Promise<Listening> {
  const runId = options.runId ?? newId<RunId>(16)
  const last =
    options.lastRunId === undefined || options.lastRunId === null ? '' : `&lastRunId=${options.lastRunId}`
  const abort = new AbortController()
  const response = await fetch(`${instance.origin}/v1/stream?runId=${runId}${last}`, {
    headers: { authorization: deviceId },
    signal: abort.signal,
  })
  const events: { event: string; data: Record<string, unknown> }[] = []
  const envelopes: Received[] = []
  const onEnvelope =
    options.onEnvelope === undefined
      ? (envelope: Received) => void acknowledge(instance, deviceId, [envelope]).catch(() => undefined)
      : options.onEnvelope
  const parser = createParser({
    onEvent: ({ event, data }) => {
      events.push({ event: event ?? '', data: JSON.parse(data) })
      if (event !== 'envelope') return
      const envelope = streamEnvelope.parse(JSON.parse(data))
      envelopes.push(envelope)
      onEnvelope?.(envelope)
    },
  })
  const common = { status: response.status, headers: response.headers, runId, events, envelopes }
  const has = (event: string) => events.some((one) => one.event === event)
  const stop = () => abort.abort()
  if (response.status !== 200) {
    const body = (await response.json()) as Record<string, unknown>
    return { ...common, problem: body, has, stop, ended: Promise.resolve() }
  }
  return { ...common, problem: null, has, stop, ended: readAll(response, (part) => parser.feed(part)) }
}

async function readAll(response: Response, feed: (part: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  try {
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
      feed(decoder.decode(part, { stream: true }))
    }
  } catch {
    // Broken off: by the test, or by an instance that died.
  }
}

/** @returns a Stream that has said `caught_up`. */
export async function listenCaughtUp(
  instance: Instance,
  deviceId: DeviceId,
  options: ListenOptions = {},
): Promise<Listening> {
  const listening = await listen(instance, deviceId, options)
  await until(() => listening.has('caught_up'))
  return listening
}

export async function countRows(sql: Sql, deviceIds: readonly string[]): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from envelope where device_id = any(${[...deviceIds]}::text[])`
  return row?.count ?? 0
}
