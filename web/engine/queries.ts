/** Snapshots for the interface, made from what is stored. */
import { activeDevices, safetyNumber } from '../../protocol/index.ts'
import { bytes, type Core } from './core.ts'
import { REQUEST_CHARACTERS } from './send.ts'
import { MAX_RETENTION_DAYS } from './retention.ts'
import { rightsOf } from './rights.ts'
import type {
  AppSnapshot,
  ConversationRow,
  ConversationSnapshot,
  LinkRow,
  Mark,
  MessageRow,
  PendingLinkSnapshot,
  QueryKey,
  Settings,
  Snapshot,
} from './read.ts'
import type { Status } from './signal.ts'
import type { ContactRecord } from './store/contacts.ts'
import { everyOrder, unreadOf, type MessageRecord } from './store/messages.ts'
import { outboxOf } from './store/outbox.ts'
import type { LinkRecord } from './store/records.ts'
import { draftKey } from './store/store.ts'

export const DEFAULT_SETTINGS: Settings = {
  theme: 'auto',
  language: 'auto',
  readReceipts: true,
  density: 'cozy',
}

/** What is not stored: the state of this context. */
export interface Moment extends Status {
  readonly phase: 'starting' | 'signing_in' | 'another_account' | null
}

/** The newest Messages of a conversation that a snapshot holds. */
const SHOWN = 1_000
const FRESH_HOURS = 7 * 24

export async function query<K extends QueryKey>(core: Core, key: K, moment: Moment): Promise<Snapshot<K>> {
  return (await answer(core, key, moment)) as Snapshot<K>
}

function answer(core: Core, key: QueryKey, moment: Moment): Promise<unknown> {
  switch (key) {
    case 'app':
      return appSnapshot(core, moment)
    case 'conversations':
      return rowsOf(core, ({ kind }) => kind !== 'request_in')
    case 'requests':
      return rowsOf(core, ({ kind }) => kind === 'request_in')
    case 'links':
      return linkRows(core)
    default:
      return conversationSnapshot(core, key.slice('conversation:'.length))
  }
}

async function appSnapshot(core: Core, moment: Moment): Promise<AppSnapshot> {
  const { store } = core
  const { meta } = store
  const [device, person, platform, entitlement, settings, persisted, stopped] = await Promise.all([
    meta.get('device'),
    meta.get('person'),
    meta.get('platform'),
    meta.get('entitlement'),
    meta.get('settings'),
    meta.get('persisted'),
    meta.get('stop'),
  ])
  const rows = await rowsOf(core, () => true)
  const unread = rows.filter(({ kind }) => kind === 'contact').reduce((sum, row) => sum + row.unread, 0)
  const created = device?.created ?? false
  return {
    phase: stopped ? 'stopped' : (moment.phase ?? (created ? 'ready' : 'signed_out')),
    stop: stopped?.stop ?? null,
    connection: moment.connection,
    caughtUp: moment.caughtUp,
    platform: platform && {
      name: platform.name,
      signInUrl: platform.signInUrl,
      profileLinkUrl: platform.profileLinkUrl,
    },
    account:
      created && device
        ? {
            accountId: device.accountId,
            name: person?.name ?? '',
            deviceCount: activeDevices(device.chain).length,
          }
        : null,
    entitlement: entitlement && {
      start: entitlement.start,
      reply: entitlement.reply,
      untilMs: entitlement.untilMs,
    },
    pendingLink: await pendingSnapshot(core, created),
    storage: { persisted: persisted?.persisted ?? false, keys: store.vault.mode },
    settings: settings ?? DEFAULT_SETTINGS,
    outboxCount: rows.reduce((sum, row) => sum + row.outbox, 0),
    unreadCount: unread,
    requestCount: rows.filter((row) => row.kind === 'request_in' && row.preview.kind !== 'empty').length,
  }
}

async function pendingSnapshot(core: Core, signedIn: boolean): Promise<PendingLinkSnapshot | null> {
  const pending = await core.store.meta.get('pendingLink')
  if (!pending) return null
  const { failure, name, platform, accountId } = pending
  const state = signedIn && pending.state === 'needs_sign_in' ? 'resolving' : pending.state
  return { state, failure, name, platform, accountId, proven: pending.resolved !== null }
}

async function rowsOf(
  core: Core,
  wanted: (contact: ContactRecord) => boolean,
): Promise<readonly ConversationRow[]> {
  const contacts = (await core.store.contacts.list()).map(({ value }) => value).filter(wanted)
  const rows = await Promise.all(contacts.map((contact) => rowOf(core, contact)))
  return rows
    .filter((row) => row.kind !== 'request_in' || row.preview.kind !== 'empty')
    .sort((a, b) => b.atMs - a.atMs)
}

async function rowOf(core: Core, contact: ContactRecord): Promise<ConversationRow> {
  const { store } = core
  const { conversationId, accountId, name, kind, atMs } = contact
  const [newest, draft, unread, waiting] = await Promise.all([
    store.messages.list({ ...everyOrder(conversationId), limit: 1 }),
    store.drafts.get(draftKey(conversationId)),
    store.messages.count(unreadOf(conversationId)),
    waitingMessages(core, conversationId),
  ])
  const last = newest[0]?.value
  const rules = await markRules(core)
  return {
    conversationId,
    accountId,
    name,
    kind,
    preview: previewOf(last, rules),
    draft: draft?.value.text ?? '',
    atMs: last ? Math.max(last.order, last.receivedMs) : atMs,
    unread,
    outbox: waiting,
    mark: last?.own ? markOf(last, rules) : null,
  }
}

function previewOf(last: MessageRecord | undefined, rules: MarkRules): ConversationRow['preview'] {
  if (!last) return { text: '', own: false, kind: 'empty' }
  const kind = kindOf(last, rules) === 'on_its_way' ? 'on_its_way' : 'text'
  return { text: last.text, own: last.own, kind }
}

/** Receipts and the like wait too, but are nobody's business. */
async function waitingMessages(core: Core, conversationId: string): Promise<number> {
  if ((await core.store.outbox.count(outboxOf(conversationId))) === 0) return 0
  const rows = await core.store.outbox.list(outboxOf(conversationId))
  return rows.filter(({ value }) => value.messageKey !== null && value.directedTo === null).length
}

/** What every mark of a snapshot depends on. */
interface MarkRules {
  readonly readersAreShown: boolean
  /** What was sent before and has no Receipt left the API undelivered. */
  readonly expiredBeforeMs: number
}

/** Who does not show what he has read does not see it of others. */
async function markRules(core: Core): Promise<MarkRules> {
  const settings = (await core.store.meta.get('settings')) ?? DEFAULT_SETTINGS
  const platform = await core.store.meta.get('platform')
  const retentionMs = (platform?.retentionDays ?? MAX_RETENTION_DAYS) * 86_400_000
  return { readersAreShown: settings.readReceipts, expiredBeforeMs: core.clock.nowMs() - retentionMs }
}

function markOf(message: MessageRecord, { readersAreShown, expiredBeforeMs }: MarkRules): Mark {
  if (message.state === 'failed') return 'failed'
  if (readersAreShown && message.devices.some(({ read }) => read)) return 'read'
  if (message.devices.some(({ delivered }) => delivered)) return 'delivered'
  return message.state === 'with_server' && message.sentMs < expiredBeforeMs ? 'expired' : message.state
}

async function conversationSnapshot(
  core: Core,
  conversationId: string,
): Promise<ConversationSnapshot | null> {
  const contact = (await core.store.contacts.get(conversationId))?.value
  const own = await core.store.meta.get('device')
  if (!contact || !own) return null
  const shown = await core.store.messages.list({ ...everyOrder(conversationId), limit: SHOWN })
  const messages = shown
    .map(({ value }) => value)
    .sort((a, b) => a.order - b.order || (a.key < b.key ? -1 : 1))
  const rules = await markRules(core)
  const asks = contact.kind === 'request_out'
  const { chain } = contact
  return {
    conversationId,
    accountId: contact.accountId,
    name: contact.name,
    kind: contact.kind,
    deviceCount: activeDevices(chain).length,
    proof: contact.proof,
    chainState: chain.suspended ? 'update_needed' : contact.chainState,
    freshSinceMs: unconfirmedSince(core, contact),
    messages: messages.map((message) => messageRow(message, rules)),
    firstUnreadId: messages.find(({ unread }) => unread)?.key ?? null,
    draft: (await core.store.drafts.get(draftKey(conversationId)))?.value.text ?? '',
    canWrite: canWrite(contact),
    requestCharactersLeft: asks ? Math.max(0, REQUEST_CHARACTERS - contact.requestCharacters) : null,
    safety: await safetyNumber(bytes(own.accountId), bytes(contact.accountId)),
  }
}

function canWrite(contact: ContactRecord): boolean {
  const isOpen = contact.kind === 'contact' || contact.kind === 'request_out'
  return isOpen && contact.chainState === 'ok' && !contact.chain.suspended && rightsOf(contact).length > 0
}

function unconfirmedSince(core: Core, { confirmedHour }: ContactRecord): number | null {
  if (confirmedHour === null) return null
  return core.clock.hour() - confirmedHour > FRESH_HOURS ? confirmedHour * 3_600_000 : null
}

/** What was asked for again and has not come while the API would have kept it will not come. */
function kindOf({ kind, receivedMs }: MessageRecord, { expiredBeforeMs }: MarkRules): MessageRecord['kind'] {
  return kind === 'on_its_way' && receivedMs < expiredBeforeMs ? 'gap' : kind
}

function messageRow(message: MessageRecord, rules: MarkRules): MessageRow {
  const { key, own, text, sentMs, receivedMs, failure, devices } = message
  return {
    messageId: key,
    own,
    kind: kindOf(message, rules),
    text,
    sentMs,
    receivedMs,
    mark: own ? markOf(message, rules) : null,
    failure,
    devices: { delivered: devices.filter(({ delivered }) => delivered).length, of: devices.length },
  }
}

async function linkRows(core: Core): Promise<readonly LinkRow[]> {
  const links = (await core.store.links.list()).map(({ value }) => value)
  return links.sort((a, b) => b.createdMs - a.createdMs).map((link) => linkRow(link, core.clock.nowMs()))
}

function linkRow(link: LinkRecord, nowMs: number): LinkRow {
  const { lookup, label, url, kind, limit, resolved, published, createdMs, expiresAtMs } = link
  const isExpired = link.state === 'active' && expiresAtMs !== null && expiresAtMs <= nowMs
  return {
    lookup,
    label,
    url,
    kind,
    state: isExpired ? 'expired' : link.state,
    limit,
    resolved,
    published,
    createdMs,
  }
}
