/** Empties the Outbox: conversations side by side, each in the order of its making, identical bytes until accepted. */
import { extendChain, toBase64url, activeDevices } from '../../protocol/index.ts'
import type { EnvelopePost, StaleDevices } from '../../wire/envelope.ts'
import { brand, changed, type Core, type Own } from './core.ts'
import { fromWireEntry } from './entries.ts'
import { makeEnvelopes } from './fanout.ts'
import type { SendTrouble } from './read.ts'
import type { Answer, RemoteFailure } from './remote.ts'
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

export function startFlusher(core: Core, own: Own, signal: AbortSignal): Flusher {
  const moving = new Map<string, Repeated>()
  const finding = repeat(async () => {
    for (const conversationId of await waitingConversations(core)) {
      const known = moving.get(conversationId) ?? repeat(() => flushConversation(core, own, conversationId, signal), signal)
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
async function flushConversation(
  core: Core,
  own: Own,
  conversationId: string,
  signal: AbortSignal,
): Promise<number | null> {
  const rows = await core.store.db.all('outbox', outboxOf(conversationId))
  for (const key of rows.map((row) => row.key).sort()) {
    let step = AGAIN
    while (step.next === 'again' && !signal.aborted) {
      const row = await core.store.outbox.get(key)
      step = row ? await deliver(core, own, row) : DONE
    }
    if (step.next === 'later') return step.delayMs
    if (signal.aborted) return null
  }
  return null
}

async function deliver(core: Core, own: Own, row: Held<OutboxRecord>): Promise<Step> {
  const waitMs = row.value.notBeforeMs - core.clock.nowMs()
  if (waitMs > 0) return { next: 'later', delayMs: waitMs }
  const made = await makeEnvelopes(core, own, row)
  if (made.ok) return post(core, made.row)
  switch (made.failure) {
    case 'again':
      return AGAIN
    case 'wait':
      return postpone(core, row, WAIT_MS)
    case 'gone':
      return settle(core, row, 'failed', null)
    case 'trouble':
      return settle(core, row, 'failed', made.trouble)
    case 'remote':
      return refused(core, row, made.remote)
  }
}

async function post(core: Core, row: Held<OutboxRecord>): Promise<Step> {
  const contact = await core.store.contacts.get(row.value.conversationId)
  if (!contact) return settle(core, row, 'failed', null)
  const body = bodyOf(contact.value, row.value)
  if (body.envelopes.length === 0) return settle(core, row, 'with_server', null)
  const answer: Answer<unknown> = await withRight(contact.value, (right) => core.remote.post(body, right))
  if (answer.ok) return settle(core, row, 'with_server', null)
  if (answer.failure === 'stale_devices' && answer.stale) return refresh(core, row, contact, answer.stale)
  return refused(core, row, answer)
}

function bodyOf(contact: ContactRecord, row: OutboxRecord): EnvelopePost {
  const { head } = contact.chain
  const active = activeDevices(contact.chain).map((device) => toBase64url(device.deviceId))
  const envelopes = (row.envelopes ?? []).filter(({ deviceId }) => active.includes(deviceId))
  const omitted = active.filter((id) => !envelopes.some(({ deviceId }) => deviceId === id))
  return {
    account: brand(contact.accountId),
    head: { seq: head.seq, hash: brand(toBase64url(head.hash)) },
    omitted: omitted.map((id) => ({ deviceId: brand(id), reason: row.directedTo ? 'directed' : 'no_bundle' })),
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
  const isNews = extended.ok && extended.chain.head.seq > contact.value.chain.head.seq
  if (isNews) {
    await core.store.db.commit([
      await core.store.contacts.put(contact.key, { ...contact.value, chain: extended.chain }, contact),
    ])
    changed(core, ...keysOf(contact.key))
    return AGAIN
  }
  if (!extended.ok && (extended.failure === 'fork' || extended.failure === 'rolled_back')) {
    const alarmed = { ...contact.value, chainState: extended.failure }
    await core.store.db.commit([await core.store.contacts.put(contact.key, alarmed, contact)])
  }
  return settle(core, row, 'failed', 'peer_alarm')
}

async function refused(core: Core, row: Held<OutboxRecord>, answer: RemoteFailure): Promise<Step> {
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
      if (row.value.attempts >= TRIES_BEFORE_REFUSED) return settle(core, row, 'failed', 'not_accepted')
      return postpone(core, row, backoff(row.value.attempts))
    case 'invalid_entry':
    case 'invalid_signature':
    case 'head_moved':
      return settle(core, row, 'failed', 'peer_alarm')
    default:
      return postpone(core, row, answer.retryAfterMs ?? backoff(row.value.attempts))
  }
}

/** Doubles, with half of it drawn at random: a server that comes back is not met by everyone at once. */
export function backoff(attempts: number): number {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempts, 10))
  return full / 2 + (Math.random() * full) / 2
}

async function postpone(core: Core, row: Held<OutboxRecord>, delayMs: number): Promise<Step> {
  await change(core.store, async () => {
    const held = await core.store.outbox.get(row.key)
    if (!held) return { writes: [], result: null }
    const { attempts } = held.value
    const later = { ...held.value, attempts: attempts + 1, notBeforeMs: core.clock.nowMs() + delayMs }
    return { writes: [await core.store.outbox.put(held.key, later, held)], result: null }
  })
  return { next: 'later', delayMs }
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
    if (message) writes.push(await core.store.messages.put(message.key, settled(message.value, state, failure), message))
    return { writes, result: null }
  })
  changed(core, ...keysOf(row.value.conversationId))
  return DONE
}

/** A Receipt may have overtaken the answer: then the Message arrived, whatever the answer was. */
function settled(message: MessageRecord, state: 'with_server' | 'failed', failure: SendTrouble | null): MessageRecord {
  const arrived = message.devices.some(({ delivered }) => delivered)
  return state === 'failed' && arrived ? { ...message, state: 'with_server' } : { ...message, state, failure }
}
