/** What a Person decides about others: accept, Block, read, be called. */
import { MAX_RECEIPT_IDS } from '../../protocol/index.ts'
import { endCapabilities } from './capabilities.ts'
import { bytes, changed, wake, type Core } from './core.ts'
import { outboxWrite, profileWrites } from './send.ts'
import { keysOf } from './signal.ts'
import type { ContactRecord } from './store/contacts.ts'
import { everyOrder, unreadOf, type MessageRecord } from './store/messages.ts'
import { outboxOf } from './store/outbox.ts'
import type { Write } from './store/port.ts'
import { change, draftKey } from './store/store.ts'
import type { Held } from './store/table.ts'

/** From now on they may write freely, and learn name and Receipts. */
export async function acceptRequest(core: Core, conversationId: string): Promise<void> {
  await decide(core, conversationId, async (contact) => {
    if (contact.value.kind !== 'request_in') return null
    const accepted: ContactRecord = { ...contact.value, kind: 'contact' }
    return [await core.store.contacts.put(contact.key, accepted, contact), ...(await welcome(core, accepted))]
  })
}

async function welcome(core: Core, contact: ContactRecord): Promise<readonly Write[]> {
  const messages = await core.store.messages.list(everyOrder(contact.conversationId))
  return [
    await outboxWrite(core, contact, { type: 'contact', accepted: true }),
    ...(await profileWrites(core, contact)),
    ...(await receiptWrites(core, contact, messages, false)),
  ]
}

/** Receipts for Messages of theirs, to the Devices that sent them. */
async function receiptWrites(
  core: Core,
  contact: ContactRecord,
  messages: readonly Held<MessageRecord>[],
  read: boolean,
): Promise<readonly Write[]> {
  const texts = messages.filter(
    ({ value }) => !value.own && (value.kind === 'text' || value.kind === 'update_needed'),
  )
  const devices = new Set(texts.map(({ value }) => value.fromDevice).filter((id) => id !== null))
  const writes: Write[] = []
  for (const directedTo of devices) {
    const ids = texts
      .filter(({ value }) => value.fromDevice === directedTo)
      .map(({ value }) => bytes(value.messageId))
    for (let i = 0; i < ids.length; i += MAX_RECEIPT_IDS) {
      const some = ids.slice(i, i + MAX_RECEIPT_IDS)
      const body = { type: 'receipt', delivered: read ? [] : some, read: read ? some : [] } as const
      writes.push(await outboxWrite(core, contact, body, { directedTo }))
    }
  }
  return writes
}

/** Every right they had ends; what waits for them is dropped; what they send is opened, recognised and dropped. */
export async function block(core: Core, conversationId: string): Promise<void> {
  await decide(core, conversationId, async (contact) => {
    if (contact.value.kind === 'blocked') return null
    const waiting = await core.store.outbox.list(outboxOf(conversationId))
    const blocked: ContactRecord = { ...contact.value, kind: 'blocked', before: contact.value.kind }
    return [
      await core.store.contacts.put(contact.key, blocked, contact),
      ...(await endCapabilities(core, conversationId)),
      ...waiting.map((row) => core.store.outbox.drop(row.key)),
    ]
  })
}

/** Whom one had accepted gets a new capability; others are Requests again. */
export async function unblock(core: Core, conversationId: string): Promise<void> {
  await decide(core, conversationId, async (contact) => {
    const { kind, before } = contact.value
    if (kind !== 'blocked') return null
    const restored: ContactRecord = { ...contact.value, kind: before ?? 'request_in', before: null }
    const again =
      restored.kind === 'request_in'
        ? []
        : [await outboxWrite(core, restored, { type: 'contact', accepted: true })]
    return [await core.store.contacts.put(contact.key, restored, contact), ...again]
  })
}

async function decide(
  core: Core,
  conversationId: string,
  writesOf: (contact: Held<ContactRecord>) => Promise<readonly Write[] | null>,
): Promise<void> {
  await change(core.store, async () => {
    const contact = await core.store.contacts.get(conversationId)
    return { writes: (contact && (await writesOf(contact))) ?? [], result: true }
  })
  changed(core, ...keysOf(conversationId))
  wake(core)
}

/** Everything up to this Message; tells its senders if both sides show Receipts of reading. */
export async function markRead(core: Core, conversationId: string, upTo: string): Promise<void> {
  const settings = await core.store.meta.get('settings')
  const done = await change(core.store, async () => {
    const contact = await core.store.contacts.get(conversationId)
    const last = await core.store.messages.get(upTo)
    if (!contact || !last) return { writes: [], result: false }
    const unread = await core.store.messages.list(unreadOf(conversationId))
    const seen = unread.filter(({ value }) => value.order <= last.value.order)
    const tells = contact.value.kind === 'contact' && (settings?.readReceipts ?? true)
    const writes = [
      ...(await Promise.all(
        seen.map((held) => core.store.messages.put(held.key, { ...held.value, unread: false }, held)),
      )),
      ...(tells ? await receiptWrites(core, contact.value, seen, true) : []),
    ]
    return { writes, result: seen.length > 0 }
  })
  if (!done) return
  changed(core, ...keysOf(conversationId))
  wake(core)
}

export async function saveDraft(core: Core, conversationId: string, text: string): Promise<void> {
  const key = draftKey(conversationId)
  const write = text === '' ? core.store.drafts.drop(key) : await core.store.drafts.set(key, { text })
  await core.store.db.commit([write])
  changed(core, `conversation:${conversationId}`, 'conversations', 'requests')
}

/** The name goes to Contacts through the Ratchet, and into the descriptors of links; the API never sees it. */
export async function saveProfile(core: Core, name: string): Promise<void> {
  const trimmed = name.trim().slice(0, MAX_NAME)
  await change(core.store, async () => {
    const person = await core.store.meta.write('person', { name: trimmed })
    const contacts = (await core.store.contacts.list()).filter(
      ({ value }) => value.kind === 'contact' || value.kind === 'request_out',
    )
    const news = contacts.map(({ value }) => outboxWrite(core, value, { type: 'profile', name: trimmed }))
    return { writes: [person, ...(await Promise.all(news))], result: null }
  })
  changed(core, 'app')
  wake(core)
}

/** What a Profile and a descriptor both take. */
const MAX_NAME = 80
