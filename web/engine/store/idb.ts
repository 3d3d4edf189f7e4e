/** The one database of a Device in IndexedDB: migrations, and commits that compare versions before they write. */
import { deleteDB, openDB, type IDBPDatabase } from 'idb'
import {
  TABLES,
  type CommitResult,
  type Database,
  type Query,
  type Row,
  type TableName,
  type Write,
} from './port.ts'

const VERSION = 1

/** Clear fields by which rows are found, per table. */
const INDICES: Partial<Record<TableName, Record<string, string | string[]>>> = {
  contacts: { account: 'accountId' },
  messages: {
    order: ['conversationId', 'order'],
    unread: ['conversationId', 'unread'],
    message: 'messageId',
  },
  sessions: { device: 'deviceId' },
  skipped: { session: 'sid' },
  outbox: { conversation: 'conversationId' },
  sent: { message: 'messageKey', age: 'storedMs' },
  seen: { age: 'storedMs' },
  prekeys: { kind: 'kind' },
  capabilities: { conversation: 'conversationId' },
}

/**
 * Opens the database, creating or migrating it.
 *
 * @param onOutdated - called when the connection is closed: for another tab that waits for it, or by the browser itself.
 * @throws DOMException when this browser does not let a page keep data.
 */
export async function openDatabase(name: string, onOutdated: () => void): Promise<Database> {
  const db = await openDB(name, VERSION, {
    upgrade: migrate,
    blocking(_current, _blocked, event) {
      ;(event.target as IDBDatabase).close()
      onOutdated()
    },
    terminated: onOutdated,
  })
  return {
    get: (table, key) => db.get(table, key) as Promise<Row | undefined>,
    all: (table, query) => all(db, table, query),
    count: (table, query) =>
      query ? db.countFromIndex(table, query.index, rangeOf(query)) : db.count(table),
    commit: (writes) => commit(db, writes),
    close: () => db.close(),
    async destroy() {
      // At once: a tab that sleeps may keep the database from being deleted for long.
      await clear(db).catch(() => undefined)
      db.close()
      await deleteDB(name)
    },
  }
}

async function clear(db: IDBPDatabase): Promise<void> {
  const tx = db.transaction(TABLES, 'readwrite', { durability: 'strict' })
  await Promise.all([...TABLES.map((table) => tx.objectStore(table).clear()), tx.done])
}

function migrate(db: IDBPDatabase, from: number): void {
  if (from >= 1) return
  for (const table of TABLES) {
    const store = db.createObjectStore(table, { keyPath: 'key' })
    for (const [index, path] of Object.entries(INDICES[table] ?? {})) store.createIndex(index, path)
  }
}

const rangeOf = (query: Query) => IDBKeyRange.bound(query.from, query.to)

async function all(db: IDBPDatabase, table: TableName, query?: Query): Promise<readonly Row[]> {
  if (!query) return (await db.getAll(table)) as Row[]
  if (query.limit === undefined)
    return (await db.getAllFromIndex(table, query.index, rangeOf(query))) as Row[]
  const rows: Row[] = []
  const index = db.transaction(table).store.index(query.index)
  let cursor = await index.openCursor(rangeOf(query), 'prev')
  while (cursor && rows.length < query.limit) {
    rows.push(cursor.value as Row)
    cursor = await cursor.continue()
  }
  return rows
}

async function commit(db: IDBPDatabase, writes: readonly Write[]): Promise<CommitResult> {
  if (writes.length === 0) return 'done'
  const tables = [...new Set(writes.map((write) => write.table))]
  const tx = db.transaction(tables, 'readwrite', { durability: 'strict' })
  const settled = tx.done.then(
    () => null,
    (error: unknown) => error,
  )
  try {
    const versions = await Promise.all(
      writes.map(
        async ({ table, key }) => ((await tx.objectStore(table).get(key)) as Row | undefined)?.version ?? 0,
      ),
    )
    if (writes.some(({ expected }, i) => expected !== null && expected !== versions[i])) {
      tx.abort()
      await settled
      return 'conflict'
    }
    await Promise.all(
      // Async, so that a put that throws at once leaves none of the others' failures unheard.
      writes.map(async ({ table, key, row }, i) =>
        row
          ? tx.objectStore(table).put({ ...row, version: (versions[i] ?? 0) + 1 })
          : tx.objectStore(table).delete(key),
      ),
    )
  } catch (error) {
    abort(tx)
    const ending = await settled
    if (isFull(error) || isFull(ending)) return 'full'
    throw error
  }
  const ending = await settled
  if (ending === null) return 'done'
  if (isFull(ending)) return 'full'
  throw ending
}

/** A put that throws at once (a value that cannot be cloned) does not end its transaction. */
function abort(tx: { abort(): void }): void {
  try {
    tx.abort()
  } catch {
    // It has ended already.
  }
}

const isFull = (error: unknown) => error instanceof DOMException && error.name === 'QuotaExceededError'
