/** What a Person writes: the Message and its Outbox row are one commit, before anything is encrypted or sent. */
import { activeDevices, MAX_FRAME_BYTES, toBase64url, utf8 } from '../../protocol/index.ts'
import { bytes, changed, wake, type Core, type Own } from './core.ts'
import type { SendFailure, SendResult, StartResult } from './engine.ts'
import { composeLock } from './lock.ts'
import { keysOf } from './signal.ts'
import type { ContactRecord } from './store/contacts.ts'
import { messageKey, everyOrder, type MessageRecord } from './store/messages.ts'
import { outboxKey, outboxOf, type OutboxBody, type OutboxRecord } from './store/outbox.ts'
import type { Write } from './store/port.ts'
import type { PendingLinkRecord } from './store/records.ts'
import { change, draftKey } from './store/store.ts'
import { conversationIdOf } from './conversationId.ts'

/** Of a Request, over all its Messages. */
export const REQUEST_CHARACTERS = 300
/** A frame also holds heads and framing. */
const MAX_TEXT_BYTES = MAX_FRAME_BYTES - 256

const refuse = (failure: SendFailure) => ({ ok: false, failure }) as const

/** One at a time in a conversation: texts written faster than a disk takes them keep their order. */
export async function sendText(core: Core, conversationId: string, text: string): Promise<SendResult> {
  const problem = problemOf(text)
  if (problem) return refuse(problem)
  return core.locks.hold(composeLock(conversationId), () => storeText(core, conversationId, text))
}

async function storeText(core: Core, conversationId: string, text: string): Promise<SendResult> {
  const sent = await change<SendResult>(core.store, async () => {
    const contact = await core.store.contacts.get(conversationId)
    if (!contact || contact.value.kind === 'request_in') return { writes: [], result: refuse('not_ready') }
    if (contact.value.kind === 'blocked') return { writes: [], result: refuse('blocked') }
    const asks = contact.value.kind === 'request_out'
    const used = contact.value.requestCharacters + charactersOf(text)
    if (asks && used > REQUEST_CHARACTERS) return { writes: [], result: refuse('request_limit') }
    const counted = asks
      ? [await core.store.contacts.put(contact.key, { ...contact.value, requestCharacters: used }, contact)]
      : []
    const message = await textMessage(core, contact.value, text)
    const writes = [...counted, ...message.writes, core.store.drafts.drop(draftKey(conversationId))]
    return { writes, result: { ok: true, messageId: message.key } }
  })
  if (!sent) return refuse('storage_full')
  if (sent.ok) announce(core, conversationId)
  return sent
}

/** The first Message to the Account of the pending link; the next one when they wrote first, meanwhile. */
export async function startConversation(core: Core, own: Own | null, text: string): Promise<StartResult> {
  const problem = problemOf(text)
  if (problem) return refuse(problem)
  if (charactersOf(text) > REQUEST_CHARACTERS) return refuse('request_limit')
  const pending = await core.store.meta.get('pendingLink')
  if (!own || !pending?.resolved || pending.state !== 'ready') return refuse('not_ready')
  const conversationId = await conversationIdOf(own.device.accountId, bytes(pending.accountId))
  const { resolved } = pending
  const started = await change<StartResult>(core.store, async () => {
    const known = await core.store.contacts.get(conversationId)
    if (known?.value.kind === 'blocked') return { writes: [], result: refuse('blocked') }
    const contact = known
      ? met(known.value, resolved.ticket)
      : newContact(core, conversationId, pending, resolved, charactersOf(text))
    const message = await textMessage(core, contact, text)
    const writes = [
      await core.store.contacts.put(conversationId, contact, known),
      ...(contact.kind === 'contact'
        ? [await outboxWrite(core, contact, { type: 'contact', accepted: true })]
        : []),
      ...message.writes,
      ...(await profileWrites(core, contact)),
      core.store.meta.drop('pendingLink'),
    ]
    return { writes, result: { ok: true, messageId: message.key, conversationId } }
  })
  if (!started) return refuse('storage_full')
  if (started.ok) announce(core, started.conversationId)
  return started
}

/** They asked, and now this side does: both said yes. */
function met(contact: ContactRecord, ticket: string): ContactRecord {
  return { ...contact, kind: contact.kind === 'request_in' ? 'contact' : contact.kind, proof: 'link', ticket }
}

function newContact(
  core: Core,
  conversationId: string,
  { accountId, name }: PendingLinkRecord,
  { ticket, chain, confirmedHour, link }: NonNullable<PendingLinkRecord['resolved']>,
  requestCharacters: number,
): ContactRecord {
  return {
    conversationId,
    accountId,
    kind: 'request_out',
    before: null,
    name: name ?? '',
    proof: 'link',
    chain,
    chainState: 'ok',
    confirmedHour,
    ticket,
    capabilities: [],
    link,
    ticketTags: [],
    usesCapability: false,
    requestCharacters,
    chainBehind: false,
    atMs: core.clock.nowMs(),
  }
}

function problemOf(text: string): SendFailure | null {
  if (text.trim() === '') return 'empty'
  return utf8(text).length > MAX_TEXT_BYTES ? 'too_long' : null
}

/** As a Person counts them, nearly: code points. */
export const charactersOf = (text: string): number => [...text].length

function announce(core: Core, conversationId: string): void {
  changed(core, ...keysOf(conversationId))
  wake(core)
}

async function textMessage(core: Core, contact: ContactRecord, text: string) {
  const messageId = crypto.getRandomValues(new Uint8Array(16))
  const nowMs = core.clock.nowMs()
  const key = messageKey(contact.conversationId, true, toBase64url(messageId))
  const message: MessageRecord = {
    key,
    conversationId: contact.conversationId,
    messageId: toBase64url(messageId),
    own: true,
    kind: 'text',
    text,
    sentMs: nowMs,
    receivedMs: nowMs,
    order: await nextOrder(core, contact.conversationId),
    unread: false,
    state: 'on_device',
    failure: null,
    devices: activeDevices(contact.chain).map((device) => ({
      deviceId: toBase64url(device.deviceId),
      delivered: false,
      read: false,
    })),
    fromDevice: null,
  }
  const row = await outboxWrite(core, contact, { type: 'text', text }, { messageId, messageKey: key })
  return { key, writes: [await core.store.messages.put(key, message, null), row] }
}

/** After every Message of the conversation, whatever the clock did. */
export async function nextOrder(core: Core, conversationId: string): Promise<number> {
  const [newest] = await core.store.messages.list({ ...everyOrder(conversationId), limit: 1 })
  return Math.max(core.clock.nowMs(), (newest?.value.order ?? 0) + 1)
}

/** A row of the Outbox, without Envelopes yet. */
export async function outboxWrite(
  core: Core,
  contact: Pick<ContactRecord, 'conversationId' | 'accountId'>,
  body: OutboxBody,
  more: Partial<Pick<OutboxRecord, 'messageKey' | 'directedTo' | 'freshSession' | 'resendOf'>> & {
    readonly messageId?: Uint8Array
    readonly sentMs?: number
  } = {},
): Promise<Write> {
  const nowMs = core.clock.nowMs()
  const key = outboxKey(nowMs)
  const messageId = more.messageId ?? crypto.getRandomValues(new Uint8Array(16))
  const record: OutboxRecord = {
    key,
    conversationId: contact.conversationId,
    accountId: contact.accountId,
    content: { messageId, sentMs: more.sentMs ?? nowMs, body },
    messageKey: more.messageKey ?? null,
    directedTo: more.directedTo ?? null,
    freshSession: more.freshSession ?? false,
    resendOf: more.resendOf ?? null,
    envelopes: null,
  }
  return core.store.outbox.put(key, record, null)
}

/** The Profile travels to Contacts inside the Ratchet only. */
export async function profileWrites(
  core: Core,
  contact: Pick<ContactRecord, 'conversationId' | 'accountId'>,
): Promise<readonly Write[]> {
  const name = (await core.store.meta.get('person'))?.name ?? ''
  return name === '' ? [] : [await outboxWrite(core, contact, { type: 'profile', name })]
}

/** A Message that failed goes out again under its own id; the Ratchet moves on, nothing is reused. */
export async function retrySend(core: Core, key: string): Promise<void> {
  const conversationId = await change(core.store, async () => {
    const message = await core.store.messages.get(key)
    const contact = message && (await core.store.contacts.get(message.value.conversationId))
    if (!contact || message.value.state !== 'failed') return { writes: [], result: null }
    const { text, messageId, sentMs } = message.value
    const writes = [
      await core.store.messages.put(key, { ...message.value, state: 'on_device', failure: null }, message),
      await outboxWrite(
        core,
        contact.value,
        { type: 'text', text },
        { messageId: bytes(messageId), messageKey: key, sentMs },
      ),
    ]
    return { writes, result: contact.key }
  })
  if (conversationId) announce(core, conversationId)
}

/** Only what was never encrypted, or failed for good, can be taken back with certainty. */
export async function cancelSend(core: Core, key: string): Promise<{ readonly cancelled: boolean }> {
  const conversationId = await change(core.store, async () => {
    const message = await core.store.messages.get(key)
    if (!message?.value.own || message.value.state === 'with_server') return { writes: [], result: null }
    const rows = (await core.store.outbox.list(outboxOf(message.value.conversationId))).filter(
      ({ value }) => value.messageKey === key,
    )
    if (rows.some(({ value }) => value.envelopes !== null)) return { writes: [], result: null }
    const writes = [core.store.messages.remove(message), ...rows.map((row) => core.store.outbox.remove(row))]
    return { writes, result: message.value.conversationId }
  })
  if (conversationId) changed(core, ...keysOf(conversationId))
  return { cancelled: conversationId !== null }
}
