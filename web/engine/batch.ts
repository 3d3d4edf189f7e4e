/** Working copies of what a batch of Envelopes changes: read once, changed in memory, written in one transaction. */
import type { Core } from './core.ts'
import { isChanged, peerWrites, readPeer, type Peer } from './peer.ts'
import { oldestHour } from './retention.ts'
import { nextOrder } from './send.ts'
import type { ContactRecord } from './store/contacts.ts'
import type { MessageRecord } from './store/messages.ts'
import type { Write } from './store/port.ts'
import type { Held, Table } from './store/table.ts'

export interface Batch {
  readonly contacts: Copies<ContactRecord>
  readonly messages: Copies<MessageRecord>
  /** By deviceId. Their locks are held. */
  readonly peers: Map<string, Peer>
  /** One-time prekeys that an Initiation of this batch has used. */
  readonly spentPrekeys: Set<string>
  /** Sids of Initiations accepted in this batch. */
  readonly initiations: Set<string>
  /** Message ids to report as delivered, by conversation and Device. */
  readonly receipts: Map<string, Receipts>
  /** Conversations in which something shows. */
  readonly touched: Set<string>
  /** Rows that only come into being: seen hashes, Outbox rows, ended prekeys. */
  readonly writes: Write[]
}

export interface Receipts {
  readonly contact: ContactRecord
  readonly deviceId: string
  readonly delivered: readonly Uint8Array[]
}

/** Rows of one table under change. Null stands for "no such row". */
export interface Copies<T> {
  get(key: string): Promise<T | null>
  set(key: string, value: T | null): Promise<void>
  /** In no particular order. */
  changed(): readonly T[]
  writes(): Promise<readonly Write[]>
}

export function startBatch(core: Core): Batch {
  return {
    contacts: copiesOf(core.store.contacts),
    messages: copiesOf(core.store.messages),
    peers: new Map(),
    spentPrekeys: new Set(),
    initiations: new Set(),
    receipts: new Map(),
    touched: new Set(),
    writes: [],
  }
}

function copiesOf<T>(table: Table<T>): Copies<T> {
  const copies = new Map<string, { held: Held<T> | null; value: T | null; changed: boolean }>()
  const load = async (key: string) => {
    const known = copies.get(key)
    if (known) return known
    const held = await table.get(key)
    const copy = { held, value: held?.value ?? null, changed: false }
    copies.set(key, copy)
    return copy
  }
  const changed = () => [...copies].filter(([, copy]) => copy.changed)
  return {
    get: async (key) => (await load(key)).value,
    async set(key, value) {
      const { held } = await load(key)
      copies.set(key, { held, value, changed: true })
    },
    changed: () => changed().flatMap(([, { value }]) => (value === null ? [] : [value])),
    async writes() {
      const writes = changed().map(async ([key, { held, value }]) => {
        if (value !== null) return table.put(key, value, held)
        return held ? table.remove(held) : null
      })
      return (await Promise.all(writes)).filter((write) => write !== null)
    },
  }
}

export async function peerOf(core: Core, batch: Batch, accountId: string, deviceId: string): Promise<Peer> {
  const peer = batch.peers.get(deviceId) ?? (await readPeer(core, accountId, deviceId))
  batch.peers.set(deviceId, peer)
  return peer
}

/** After every Message of the conversation, those of this batch included. */
export async function orderIn(core: Core, batch: Batch, conversationId: string): Promise<number> {
  const orders = batch.messages
    .changed()
    .filter((message) => message.conversationId === conversationId)
    .map(({ order }) => order + 1)
  return Math.max(await nextOrder(core, conversationId), ...orders)
}

export async function batchWrites(core: Core, batch: Batch): Promise<readonly Write[]> {
  const hour = await oldestHour(core)
  const changed = [...batch.peers.values()].filter(isChanged)
  const peers = await Promise.all(changed.map((peer) => peerWrites(core, peer, hour)))
  return [
    ...batch.writes,
    ...(await batch.contacts.writes()),
    ...(await batch.messages.writes()),
    ...peers.flat(),
  ]
}
