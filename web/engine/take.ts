/** What an opened Message does: to the conversation, to marks, to rights. Strangers can do very little. */
import {
  activeDevice,
  compareHead,
  confirmedHour,
  extendChain,
  MAX_RECEIPT_IDS,
  parseContact,
  parseEntries,
  parseProfile,
  parseReceipt,
  parseRetry,
  parseText,
  toBase64url,
  verifyFreshness,
  type Inner,
  type MessageContent,
  type OpenedContent,
  type RetryReason,
} from '../../protocol/index.ts'
import { orderIn, type Batch } from './batch.ts'
import { bytes, type Core } from './core.ts'
import { shownName } from './name.ts'
import type { Arrived, Sender } from './receive.ts'
import { resendId } from './resend.ts'
import { charactersOf, outboxWrite, REQUEST_CHARACTERS } from './send.ts'
import type { ContactRecord } from './store/contacts.ts'
import { messageKey, type MessageRecord } from './store/messages.ts'

/** What came with a first Message beside its content. */
export interface Introduction {
  readonly viaLink: boolean
  readonly replyCapability: Uint8Array | null
}

/** Capabilities of one Contact that are kept: the newest works, older ones are on their way out. */
const MAX_CAPABILITIES = 5
/** Of one Envelope. */
const MAX_RESENDS = 3

export async function take(
  core: Core,
  batch: Batch,
  arrived: Arrived,
  from: Sender,
  content: OpenedContent,
  introduction: Introduction | null = null,
): Promise<void> {
  const before = (await batch.contacts.get(from.conversationId)) ?? stranger(core, from)
  const contact = withHeads(
    withIntroduction(withTicket({ ...before, chain: from.chain }, arrived), introduction),
    content,
  )
  await batch.contacts.set(contact.conversationId, contact)
  batch.touched.add(contact.conversationId)
  if (contact.kind === 'blocked') return
  const replaced = await takePlaceholder(batch, contact, arrived)
  const at = { core, batch, arrived, from, contact, replaced }
  if (content.type === 'unknown') return takeUnknown(at, content.messageId, content.sentMs)
  return takeKnown(at, content)
}

/** What a removed Device said before: its words, and nothing that it could still change. */
export async function takeFromRemoved(
  core: Core,
  batch: Batch,
  arrived: Arrived,
  from: Sender,
  content: OpenedContent,
): Promise<void> {
  const contact = await batch.contacts.get(from.conversationId)
  if (!contact || contact.kind === 'blocked' || content.type !== 'text') return
  batch.touched.add(contact.conversationId)
  const replaced = await takePlaceholder(batch, contact, arrived)
  await takeText({ core, batch, arrived, from, contact, replaced }, content)
}

interface Taking {
  readonly core: Core
  readonly batch: Batch
  readonly arrived: Arrived
  readonly from: Sender
  readonly contact: ContactRecord
  /** The order of the placeholder that this Envelope replaces. */
  readonly replaced: number | null
}

function takeKnown(at: Taking, content: MessageContent): Promise<void> {
  const isStranger = at.contact.kind === 'request_in'
  switch (content.type) {
    case 'text':
      return takeText(at, content)
    case 'profile':
      return takeProfile(at, content)
    case 'contact':
      return takeContact(at, content)
    case 'receipt':
      return isStranger ? ignore() : takeReceipt(at, content)
    case 'sigchain-entries':
      return takeEntries(at, content)
    case 'retry':
      return isStranger ? ignore() : takeRetry(at, content)
    default:
      return isStranger ? ignore() : takeUnknown(at, content.messageId, content.sentMs)
  }
}

const ignore = () => Promise.resolve()

function stranger(core: Core, from: Sender): ContactRecord {
  return {
    conversationId: from.conversationId,
    accountId: from.accountId,
    kind: 'request_in',
    before: null,
    name: '',
    proof: 'known',
    chain: from.chain,
    chainState: 'ok',
    confirmedHour: null,
    ticket: null,
    capabilities: [],
    link: null,
    ticketTags: [],
    usesCapability: false,
    requestCharacters: 0,
    chainBehind: false,
    atMs: core.clock.nowMs(),
  }
}

function withTicket(contact: ContactRecord, { envelope }: Arrived): ContactRecord {
  const tag = envelope.ticketTag
  if (tag === null) return { ...contact, usesCapability: true }
  return contact.ticketTags.includes(tag) ? contact : { ...contact, ticketTags: [...contact.ticketTags, tag] }
}

/** Two Persons who opened each other's links have both asked and both said yes. */
function withIntroduction(contact: ContactRecord, introduction: Introduction | null): ContactRecord {
  if (!introduction) return contact
  const known = introduction.replyCapability ? withCapability(contact, introduction.replyCapability) : contact
  return introduction.viaLink && known.kind === 'request_out' ? { ...known, kind: 'contact' } : known
}

function withCapability(contact: ContactRecord, capability: Uint8Array): ContactRecord {
  const value = toBase64url(capability)
  const others = contact.capabilities.filter((known) => known !== value)
  return { ...contact, capabilities: [...others, value].slice(-MAX_CAPABILITIES) }
}

function withHeads(contact: ContactRecord, content: OpenedContent): ContactRecord {
  const head = content.heads?.own
  const relation = head ? compareHead(contact.chain, head) : 'same'
  if (relation === 'fork') return { ...contact, chainState: 'fork' }
  return relation === 'newer' ? { ...contact, chainBehind: true } : contact
}

async function takeText(at: Taking, content: MessageContent): Promise<void> {
  const { batch, contact, from } = at
  const body = parseText(content.body)
  if (!body || body.conversationId !== null) return
  if (contact.kind === 'request_in') {
    const used = contact.requestCharacters + charactersOf(body.text)
    if (used > REQUEST_CHARACTERS) return
    await batch.contacts.set(contact.conversationId, { ...contact, requestCharacters: used })
  }
  await show(at, content.messageId, content.sentMs, { kind: 'text', text: body.text })
  if (contact.kind === 'contact') report(batch, contact, from.deviceId, content.messageId)
}

async function takeUnknown(at: Taking, messageId: Uint8Array, sentMs: number): Promise<void> {
  if (at.contact.kind === 'contact') await show(at, messageId, sentMs, { kind: 'update_needed', text: '' })
}

/** The key of a Message names conversation and id: what came twice by two ways shows once. */
async function show(
  { core, batch, contact, from, replaced }: Taking,
  messageId: Uint8Array,
  sentMs: number,
  what: Pick<MessageRecord, 'kind' | 'text'>,
): Promise<void> {
  const id = toBase64url(messageId)
  const key = messageKey(contact.conversationId, false, id)
  if (await batch.messages.get(key)) return
  await batch.messages.set(key, {
    key,
    conversationId: contact.conversationId,
    messageId: id,
    own: false,
    ...what,
    sentMs,
    receivedMs: core.clock.nowMs(),
    order: replaced ?? (await orderIn(core, batch, contact.conversationId)),
    unread: true,
    state: 'with_server',
    failure: null,
    devices: [],
    fromDevice: from.deviceId,
  })
}

function report(batch: Batch, contact: ContactRecord, deviceId: string, messageId: Uint8Array): void {
  const key = `${contact.conversationId}.${deviceId}`
  const delivered = batch.receipts.get(key)?.delivered ?? []
  batch.receipts.set(key, { contact, deviceId, delivered: [...delivered, messageId] })
}

/** One Receipt a Device and batch, to the Device that sent. */
export async function queueReceipts(core: Core, batch: Batch): Promise<void> {
  for (const { contact, deviceId, delivered } of batch.receipts.values()) {
    for (let i = 0; i < delivered.length; i += MAX_RECEIPT_IDS) {
      const body = { type: 'receipt', delivered: delivered.slice(i, i + MAX_RECEIPT_IDS), read: [] } as const
      batch.writes.push(await outboxWrite(core, contact, body, { directedTo: deviceId }))
    }
  }
}

async function takeProfile({ batch, contact }: Taking, content: MessageContent): Promise<void> {
  const body = parseProfile(content.body)
  if (!body) return
  await batch.contacts.set(contact.conversationId, { ...contact, name: shownName(body.name) })
}

async function takeContact({ batch, contact }: Taking, content: MessageContent): Promise<void> {
  const body = parseContact(content.body)
  if (!body || body.account !== null) return
  const known = body.capability ? withCapability(contact, body.capability) : contact
  const accepted = body.accepted && known.kind === 'request_out'
  await batch.contacts.set(contact.conversationId, accepted ? { ...known, kind: 'contact' } : known)
}

async function takeEntries({ batch, contact }: Taking, content: MessageContent): Promise<void> {
  const body = parseEntries(content.body)
  const extended = body && (await extendChain(contact.chain, body.entries))
  if (!extended) return
  if (extended.ok)
    await batch.contacts.set(contact.conversationId, {
      ...contact,
      chain: extended.chain,
      chainBehind: false,
    })
  else if (extended.failure === 'fork')
    await batch.contacts.set(contact.conversationId, { ...contact, chainState: 'fork' })
}

/** Only a Receipt inside the Ratchet says that a Device has a Message. */
async function takeReceipt({ core, batch, contact, from }: Taking, content: MessageContent): Promise<void> {
  const body = parseReceipt(content.body)
  if (!body) return
  for (const [ids, read] of [
    [body.delivered, false],
    [body.read, true],
  ] as const) {
    for (const id of ids) await mark(core, batch, contact, from.deviceId, toBase64url(id), read)
  }
  const statement = body.freshness && (await verifyFreshness(contact.chain, body.freshness))
  if (!statement) return
  const hour = confirmedHour([statement], core.clock.hour())
  if (!statement.ok && statement.failure === 'fork') {
    await batch.contacts.set(contact.conversationId, { ...contact, chainState: 'fork' })
  } else if (hour !== null && hour > (contact.confirmedHour ?? 0)) {
    await batch.contacts.set(contact.conversationId, { ...contact, confirmedHour: hour })
  }
}

async function mark(
  core: Core,
  batch: Batch,
  contact: ContactRecord,
  deviceId: string,
  id: string,
  read: boolean,
): Promise<void> {
  const key = messageKey(contact.conversationId, true, id)
  const message = await batch.messages.get(key)
  if (!message) return
  const devices = message.devices.map((device) =>
    device.deviceId === deviceId ? { deviceId, delivered: true, read: device.read || read } : device,
  )
  await batch.messages.set(key, { ...message, devices, state: 'with_server', failure: null })
  if (message.devices.some((device) => device.deviceId === deviceId && device.delivered)) return
  // What has arrived is never asked for again.
  const sent = await core.store.sent.list({ index: 'message', from: key, to: key })
  batch.writes.push(
    ...sent.filter(({ value }) => value.deviceId === deviceId).map((held) => core.store.sent.drop(held.key)),
  )
}

/** Sends the same Message again, by the Session that the asker opened, to a Device that was meant and is active now. */
async function takeRetry({ core, batch, contact, from }: Taking, content: MessageContent): Promise<void> {
  const body = parseRetry(content.body)
  const sent = body && (await core.store.sent.get(toBase64url(body.envelopeId)))?.value
  if (!body || !sent || sent.conversationId !== contact.conversationId || sent.deviceId !== from.deviceId)
    return
  if (sent.resends >= MAX_RESENDS || !activeDevice(contact.chain, bytes(from.deviceId))) return
  const message = sent.messageKey ? await batch.messages.get(sent.messageKey) : null
  if (sent.messageKey && !message) return
  if (message?.devices.some(({ deviceId, delivered }) => deviceId === from.deviceId && delivered)) return
  const resendOf = { sid: body.sid, envelopeId: body.envelopeId, resends: sent.resends + 1 }
  const { messageId, sentMs } = sent.content
  const more = { messageId, sentMs, messageKey: sent.messageKey, directedTo: from.deviceId, resendOf }
  batch.writes.push(
    await outboxWrite(core, contact, sent.content.body, more),
    core.store.sent.drop(sent.envelopeId),
  )
}

/**
 * The one retry that a stranger gets: for a first Message to prekeys that are gone, by the right to answer that came with
 * it. It gives none in return, shows nothing, and makes him known, so that there is no second.
 */
export async function askStranger(
  core: Core,
  batch: Batch,
  arrived: Arrived,
  from: Sender,
  { header }: Inner,
  replyCapability: Uint8Array | null,
): Promise<void> {
  if (!replyCapability) return
  const contact = withCapability(withTicket(stranger(core, from), arrived), replyCapability)
  await batch.contacts.set(contact.conversationId, contact)
  const { sid, n } = header
  const envelopeId = bytes(arrived.envelope.envelopeId)
  const body = { type: 'retry', envelopeId, sid, n, reason: 'unknown_prekey' } as const
  batch.writes.push(await outboxWrite(core, contact, body, { directedTo: from.deviceId, freshSession: true }))
}

const placeholderKey = (conversationId: string, envelopeId: string) => `${conversationId}.p.${envelopeId}`

/** Removes the placeholder of the Envelope that this one repeats. @returns its place in the conversation. */
async function takePlaceholder(
  batch: Batch,
  contact: ContactRecord,
  { envelope }: Arrived,
): Promise<number | null> {
  const key = placeholderKey(contact.conversationId, envelope.envelopeId)
  const placeholder = await batch.messages.get(key)
  if (!placeholder) return null
  await batch.messages.set(key, null)
  return placeholder.order
}

/**
 * An Envelope of a known Device that does not open: shown as "on its way", asked for again through a new Session, and
 * acknowledged, because the retry is durable.
 */
export async function takeFailure(
  core: Core,
  batch: Batch,
  arrived: Arrived,
  from: Sender,
  broken: { readonly sid: Uint8Array; readonly n: number; readonly reason: RetryReason },
): Promise<void> {
  const contact = await batch.contacts.get(from.conversationId)
  if (!contact || (contact.kind !== 'contact' && contact.kind !== 'request_out')) return
  const { envelope } = arrived
  const envelopeId = bytes(envelope.envelopeId)
  const expected = await resendId(broken.sid, envelopeId)
  const key = placeholderKey(contact.conversationId, expected)
  if (await batch.messages.get(key)) return
  // A Device that is new here could not be asked otherwise.
  if (from.chain !== contact.chain)
    await batch.contacts.set(contact.conversationId, { ...contact, chain: from.chain })
  const replaced = await takePlaceholder(batch, contact, arrived)
  batch.touched.add(contact.conversationId)
  await batch.messages.set(key, {
    key,
    conversationId: contact.conversationId,
    messageId: expected,
    own: false,
    kind: 'on_its_way',
    text: '',
    sentMs: envelope.receivedMs,
    receivedMs: core.clock.nowMs(),
    order: replaced ?? (await orderIn(core, batch, contact.conversationId)),
    unread: false,
    state: 'with_server',
    failure: null,
    devices: [],
    fromDevice: from.deviceId,
  })
  const body = { type: 'retry', envelopeId, ...broken } as const
  batch.writes.push(await outboxWrite(core, contact, body, { directedTo: from.deviceId, freshSession: true }))
}
