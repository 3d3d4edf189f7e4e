/** Every table of a Device, each under the name of what it holds. */
import { clearOfMessage, type MessageRecord } from './messages.ts'
import type { ContactRecord } from './contacts.ts'
import type { OutboxRecord, SentRecord } from './outbox.ts'
import type { Database, Write } from './port.ts'
import type {
  CapabilityRecord,
  InitiationRecord,
  LinkRecord,
  MetaRecords,
  PairRecord,
  PrekeyRecord,
  SeenRecord,
  SessionRecord,
  SkippedRecord,
} from './records.ts'
import { sealedTable, type Held, type Table } from './table.ts'
import type { Vault } from './vault.ts'

export interface Store {
  readonly db: Database
  readonly vault: Vault
  readonly meta: Meta
  readonly drafts: Table<{ readonly text: string }>
  readonly contacts: Table<ContactRecord>
  readonly messages: Table<MessageRecord>
  readonly pairs: Table<PairRecord>
  readonly sessions: Table<SessionRecord>
  readonly skipped: Table<SkippedRecord>
  readonly initiations: Table<InitiationRecord>
  readonly outbox: Table<OutboxRecord>
  readonly sent: Table<SentRecord>
  readonly seen: Table<SeenRecord>
  readonly prekeys: Table<PrekeyRecord>
  readonly links: Table<LinkRecord>
  readonly capabilities: Table<CapabilityRecord>
}

/** Single records by name. */
export interface Meta {
  get<K extends keyof MetaRecords>(key: K): Promise<MetaRecords[K] | null>
  held<K extends keyof MetaRecords>(key: K): Promise<Held<MetaRecords[K]> | null>
  write<K extends keyof MetaRecords>(
    key: K,
    value: MetaRecords[K],
    over?: Held<MetaRecords[K]> | null,
  ): Promise<Write>
  drop(key: keyof MetaRecords): Write
}

export function createStore(db: Database, vault: Vault): Store {
  const meta = sealedTable<unknown>(db, vault, 'meta', { remembers: true })
  return {
    db,
    vault,
    meta: metaOf(meta),
    drafts: meta as Table<{ readonly text: string }>,
    contacts: sealedTable(db, vault, 'contacts', {
      clear: ({ accountId }) => ({ accountId }),
      remembers: true,
    }),
    messages: sealedTable(db, vault, 'messages', { clear: clearOfMessage, remembers: true }),
    pairs: sealedTable(db, vault, 'pairs'),
    sessions: sealedTable(db, vault, 'sessions', { clear: ({ deviceId }) => ({ deviceId }) }),
    skipped: sealedTable(db, vault, 'skipped', { clear: ({ sid }) => ({ sid }) }),
    initiations: sealedTable(db, vault, 'initiations'),
    outbox: sealedTable(db, vault, 'outbox', {
      clear: ({ conversationId }) => ({ conversationId }),
      remembers: true,
    }),
    sent: sealedTable(db, vault, 'sent', {
      clear: ({ messageKey, storedMs }) => ({ messageKey: messageKey ?? '', storedMs }),
    }),
    seen: sealedTable(db, vault, 'seen', { clear: ({ storedMs }) => ({ storedMs }) }),
    prekeys: sealedTable(db, vault, 'prekeys', { clear: ({ kind }) => ({ kind }), remembers: true }),
    links: sealedTable(db, vault, 'links', { remembers: true }),
    capabilities: sealedTable(db, vault, 'capabilities', {
      clear: ({ conversationId }) => ({ conversationId }),
      remembers: true,
    }),
  }
}

export const draftKey = (conversationId: string): string => `draft.${conversationId}`

function metaOf(table: Table<unknown>): Meta {
  return {
    async get(key) {
      return ((await table.get(key))?.value ?? null) as never
    },
    held: (key) => table.get(key) as never,
    write: (key, value, over) => (over === undefined ? table.set(key, value) : table.put(key, value, over)),
    drop: (key) => table.drop(key),
  }
}

/** Tabs that write the same row so often at once do not exist: an attempt that never reads what it compares would. */
const MAX_TRIES = 100

/**
 * Reads, decides, writes; again from the start when another tab was faster.
 *
 * @returns what `attempt` gave once its writes are durable, or null when there is no room for them.
 */
export async function change<T>(
  store: Store,
  attempt: () => Promise<{ readonly writes: readonly Write[]; readonly result: T }>,
): Promise<T | null> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const { writes, result } = await attempt()
    const outcome = await store.db.commit(writes)
    if (outcome === 'done') return result
    if (outcome === 'full') return null
  }
  throw new Error('the rows never stood still')
}
