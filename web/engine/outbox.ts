/** Empties the Outbox: conversations side by side, each in the order of its making, identical bytes until accepted. */
import { extendChain, toBase64url, activeDevices } from '../../protocol/index.ts'
import type { EnvelopePost, StaleDevices } from '../../wire/envelope.ts'
import { brand, changed, type Core, type Own } from './core.ts'
import { fromWireEntry } from './entries.ts'
import { makeEnvelopes } from './fanout.ts'
import type { SendTrouble } from './read.ts'
import type { RemoteFailure } from './remote.ts'
import { repeat, type Repeated } from './repeat.ts'
import { withRight } from './rights.ts'
import { keysOf } from './signal.ts'
import type { ContactRecord } from './store/contacts.ts'
import type { MessageRecord } from './store/messages.ts'
import { outboxOf, type OutboxRecord } from './store/outbox.ts'
import type { Write } from './store/port.ts'
import { change } from './store/store.ts'
import type { Held } from './store/table.ts'

/** `done`: the row is gone, take the next. `again`: something changed, take it anew. `later`: wait this long. */
type Step = { readonly next: 'done' | 'again' } | { readonly next: 'later'; readonly delayMs: number }

const DONE: Step = { next: 'done' }
const AGAIN: Step = { next: 'again' }
const FIRST_DELAY_MS = 1_000
const LONGEST_DELAY_MS = 60_000
/** Something of one's own is being made, for example capabilities: it comes soon or with the next connect. */
const WAIT_MS = 3_000
/** A Ticket may end a moment before the capability that follows it arrives. */
const TRIES_BEFORE_REFUSED = 3

export interface Flusher {
  /** Looks what waits, and moves every conversation that is not moving yet. */
  kick(): void
  /** Resolves when nothing moves. Rows that wait for a later time do not count. */
  idle(): Promise<void>
}

/** One run of the Stream: a new one tries everything at once, whatever failed in the last. */
interface Run {
  readonly core: Core
  readonly own: Own
  readonly signal: AbortSignal
  /** How often a row was tried in vain, by its key. */
  readonly tries: Map<string, number>
  /** Since when a conversation waits to be tried again, and how long. */
  readonly paused: Map<string, { readonly sinceMs: number; readonly delayMs: number }>
}

export function startFlusher(core: Core, own: Own, signal: AbortSignal): Flusher {
  const run: Run = { core, own, signal, tries: new Map(), paused: new Map() }
  const moving = new Map<string, Repeated>()
  const finding = repeat(async () => {
    for (const conversationId of await waitingConversations(core)) {
      const known = moving.get(conversationId) ?? repeat(() => flushConversation(run, conversationId), signal)
      moving.set(conversationId, known)
      known.kick()
    }
    return null
  }, signal)
  return {
    kick: () => finding.kick(),
    async idle() {
      await finding.idle()
      await Promise.all([...moving.values()].map((conversation) => conversation.idle()))
    },
  }
}

async function waitingConversations(core: Core): Promise<ReadonlySet<string>> {
  const rows = await core.store.db.all('outbox')
  return new Set(rows.map((row) => String(row['conversationId'])))
}

/** @returns after how long to come back, or null when nothing of this conversation waits. */
async function flushConversation(run: Run, conversationId: string): Promise<number | null> {
  const { core, signal } = run
  const paused = run.paused.get(conversationId)
  const passedMs = core.clock.nowMs() - (paused?.sinceMs ?? 0)
  // A clock that was set back says nothing about how long it has been.
  if (paused && passedMs >= 0 && passedMs < paused.delayMs) return paused.delayMs - passedMs
  const rows = await core.store.db.all('outbox', outboxOf(conversationId))
  const keys = rows.map((row) => row.key).sort()
  for (const [i, key] of keys.entries()) {
    const [step] = await Promise.all([deliverUntilSettled(run, key), prepare(run, keys[i + 1])])
    if (step.next === 'later') {
      run.tries.set(key, (run.tries.get(key) ?? 0) + 1)
      run.paused.set(conversationId, { sinceMs: core.clock.nowMs(), delayMs: step.delayMs })
      return step.delayMs
    }
    if (signal.aborted) return null
  }
  return null
}

async function deliverUntilSettled(run: Run, key: string): Promise<Step> {
  let step = AGAIN
  while (step.next === 'again' && !run.signal.aborted) {
    const row = await run.core.store.outbox.get(key)
    step = row ? await deliver(run, row) : DONE
  }
  return step
}

/** Encrypts the next while the one before it is on its way. What goes wrong here is found when its turn comes. */
async function prepare({ core, own }: Run, key: string | undefined): Promise<void> {
  const row = key === undefined ? null : await core.store.outbox.get(key)
  if (row) await makeEnvelopes(core, own, row).catch(() => null)
}

async function deliver({ core, own, tries }: Run, row: Held<OutboxRecord>): Promise<Step> {
  const tried = tries.get(row.key) ?? 0
  const made = await makeEnvelopes(core, own, row)
  if (made.ok) return post(core, made.row, tried)
  switch (made.failure) {
    case 'again':
      return AGAIN
    case 'wait':
      return { next: 'later', delayMs: WAIT_MS }
    case 'gone':
      return settle(core, row, 'failed', null)
    case 'trouble':
      return settle(core, row, 'failed', made.trouble)
    case 'remote':
      return refused(core, row, made.remote, tried)
  }
}

async function post(core: Core, row: Held<OutboxRecord>, tried: number): Promise<Step> {
  const contact = await core.store.contacts.get(row.value.conversationId)
  if (!contact) return settle(core, row, 'failed', null)
  const body = bodyOf(contact.value, row.value)
  if (body.envelopes.length === 0) return settle(core, row, 'with_server', null)
  const answer = await withRight(contact.value, (right) => core.remote.post(body, right))
  if (answer.ok) {
    const isWhole = body.envelopes.every(({ envelopeId }) => answer.value.accepted.includes(envelopeId))
    // What the API could not take yet goes again, with the same bytes; what it has is there once.
    return isWhole ? settle(core, row, 'with_server', null) : { next: 'later', delayMs: backoff(tried) }
  }
  if (answer.failure === 'stale_devices' && answer.stale) return refresh(core, row, contact, answer.stale)
  return refused(core, row, answer, tried)
}

function bodyOf(contact: ContactRecord, row: OutboxRecord): EnvelopePost {
  const { head } = contact.chain
  const active = activeDevices(contact.chain).map((device) => toBase64url(device.deviceId))
  const envelopes = (row.envelopes ?? []).filter(({ deviceId }) => active.includes(deviceId))
  const omitted = active.filter((id) => !envelopes.some(({ deviceId }) => deviceId === id))
  return {
    account: brand(contact.accountId),
    head: { seq: head.seq, hash: brand(toBase64url(head.hash)) },
    omitted: omitted.map((id) => ({
      deviceId: brand(id),
      reason: row.directedTo ? 'directed' : 'no_bundle',
    })),
    envelopes: envelopes.map(({ deviceId, envelopeId, ciphertext }) => ({
      deviceId: brand(deviceId),
      envelopeId: brand(envelopeId),
      ephemeral: false,
      ciphertext: toBase64url(ciphertext),
    })),
  }
}

/** A Device joins or leaves the set by a verified Entry only; an API that lists anything else raises the alarm. */
async function refresh(
  core: Core,
  row: Held<OutboxRecord>,
  contact: Held<ContactRecord>,
  stale: StaleDevices,
): Promise<Step> {
  const extended = await extendChain(contact.value.chain, stale.entries.map(fromWireEntry))
  const known = contact.value.chain
  const isNews =
    extended.ok &&
    (extended.chain.head.seq > known.head.seq || (extended.chain.suspended && !known.suspended))
  if (isNews) {
    const outcome = await core.store.db.commit([
      await core.store.contacts.put(contact.key, { ...contact.value, chain: extended.chain }, contact),
    ])
    if (outcome === 'full') return { next: 'later', delayMs: WAIT_MS }
    changed(core, ...keysOf(contact.key))
    return AGAIN
  }
  if (!extended.ok && (extended.failure === 'fork' || extended.failure === 'rolled_back')) {
    const alarmed = { ...contact.value, chainState: extended.failure }
    await core.store.db.commit([await core.store.contacts.put(contact.key, alarmed, contact)])
  }
  return settle(core, row, 'failed', 'peer_alarm')
}

async function refused(
  core: Core,
  row: Held<OutboxRecord>,
  answer: RemoteFailure,
  tried: number,
): Promise<Step> {
  switch (answer.failure) {
    case 'account_gone':
    case 'not_found':
      return settle(core, row, 'failed', 'account_gone')
    case 'too_large':
    case 'malformed':
      return settle(core, row, 'failed', 'too_large')
    case 'mailbox_full':
      return settle(core, row, 'failed', 'mailbox_full')
    case 'not_accepted':
      if (tried >= TRIES_BEFORE_REFUSED) return settle(core, row, 'failed', 'not_accepted')
      return { next: 'later', delayMs: backoff(tried) }
    case 'invalid_entry':
    case 'invalid_signature':
    case 'head_moved':
      return settle(core, row, 'failed', 'peer_alarm')
    default:
      return { next: 'later', delayMs: Math.max(answer.retryAfterMs ?? 0, backoff(tried)) }
  }
}

/** Doubles, with half of it drawn at random: a server that comes back is not met by everyone at once. */
function backoff(tried: number): number {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(tried, 10))
  return full / 2 + (Math.random() * full) / 2
}

/** The Envelopes are in the API's custody, or never will be: the row goes, the Message says which. */
async function settle(
  core: Core,
  row: Held<OutboxRecord>,
  state: 'with_server' | 'failed',
  failure: SendTrouble | null,
): Promise<Step> {
  await change(core.store, async () => {
    const { messageKey, directedTo } = row.value
    const message = messageKey && !directedTo ? await core.store.messages.get(messageKey) : null
    const writes: Write[] = [core.store.outbox.drop(row.key)]
    if (message)
      writes.push(await core.store.messages.put(message.key, settled(message.value, state, failure), message))
    return { writes, result: null }
  })
  changed(core, ...keysOf(row.value.conversationId))
  return DONE
}

/** A Receipt may have overtaken the answer: then the Message arrived, whatever the answer was. */
function settled(
  message: MessageRecord,
  state: 'with_server' | 'failed',
  failure: SendTrouble | null,
): MessageRecord {
  const arrived = message.devices.some(({ delivered }) => delivered)
  return state === 'failed' && arrived ? { ...message, state: 'with_server' } : { ...message, state, failure }
}
