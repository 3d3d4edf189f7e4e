/** Mailboxes: Envelopes committed for Devices that were not there to acknowledge them. */
import type { Sql } from '../db/sql.ts'
import { createGroups } from './groups.ts'
import {
  deleteEnvelopes,
  type EnvelopeName,
  insertEnvelopes,
  type MailboxQuota,
  type MailboxRow,
  selectByIds,
  selectPage,
  type StoredEnvelope,
} from './sql.ts'

export type Stored = 'stored' | 'full'

export interface Mailbox {
  /** Resolves after the commit. @throws what isOutage() recognises when the database is away. */
  store(envelope: StoredEnvelope): Promise<Stored>
  /** Resolves after the commit, also when there was no such row. */
  remove(name: EnvelopeName): Promise<void>
  /** In order of arrival; empty at the end. `without` names what need not be read again. */
  page(deviceId: string, afterPosition: number, without: readonly string[]): Promise<readonly MailboxRow[]>
  read(deviceId: string, envelopeIds: readonly string[]): Promise<readonly MailboxRow[]>
}

/** Weeks of a busy Contact list; and what one Device may cost in storage. */
export const MAILBOX_QUOTA: MailboxQuota = { envelopes: 5000, bytes: 64 * 1024 * 1024 }

/** Larger groups only make the first of them wait longer. */
const MAX_GROUP = 500
const MAX_GROUP_BYTES = 4 * 1024 * 1024
const MAX_WAITING_BYTES = 64 * 1024 * 1024
/** An acknowledgement without its strings. */
const NAME_BYTES = 128
/** Shorter than a client waits for its answer. */
const PATIENCE_MS = 5000

export function createMailbox(sql: Sql, quota: MailboxQuota): Mailbox {
  const common = {
    maxItems: MAX_GROUP,
    maxBytes: MAX_GROUP_BYTES,
    maxWaitingBytes: MAX_WAITING_BYTES,
    inFlight: Math.min(sql.connections, 2),
    patienceMs: PATIENCE_MS,
  }
  const store = createGroups<StoredEnvelope, Stored>({
    ...common,
    sizeOf: (envelope) => envelope.ciphertext.length,
    commit: async (group) => {
      const refused = await insertEnvelopes(sql, group, quota)
      return group.map((_, n) => (refused.has(n) ? 'full' : 'stored'))
    },
  })
  const remove = createGroups<EnvelopeName, undefined>({
    ...common,
    sizeOf: () => NAME_BYTES,
    commit: async (group) => {
      await deleteEnvelopes(sql, group)
      return []
    },
  })
  return {
    store,
    remove,
    page: (deviceId, afterPosition, without) => selectPage(sql, deviceId, afterPosition, without),
    read: (deviceId, envelopeIds) => selectByIds(sql, deviceId, envelopeIds),
  }
}
