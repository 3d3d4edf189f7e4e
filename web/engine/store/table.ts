/** A table whose rows are sealed at rest: ids and indices in clear, the rest under the KEK. */
import { fromPlain, toPlain } from './plain.ts'
import type { Database, Query, Row, TableName, Write } from './port.ts'
import type { Sealer } from './vault.ts'

/** A value as it was read. `version` 0 means that there is no such row yet. */
export interface Held<T> {
  readonly key: string
  readonly version: number
  readonly value: T
}

export interface Table<T> {
  get(key: string): Promise<Held<T> | null>
  list(query?: Query): Promise<readonly Held<T>[]>
  count(query?: Query): Promise<number>
  /** @param over - what was read before: the commit fails if it changed since. Null: the row must be new. */
  put(key: string, value: T, over: Held<T> | null): Promise<Write>
  /** Whatever is there. For rows that one writer owns under a lock, or whose last writer wins. */
  set(key: string, value: T): Promise<Write>
  remove(held: Held<T>): Write
  /** Whatever is there, if anything. */
  drop(key: string): Write
}

export interface TableOptions<T> {
  /** The clear fields of a value: what the table's indices need, nothing else. */
  readonly clear?: (value: T) => Record<string, IDBValidKey>
  /** Keeps opened values in memory. Not for keys and Ratchets. */
  readonly remembers?: boolean
}

/** Rows of one table: a long conversation, a few kilobytes each at most. */
const REMEMBERED = 5_000
/** Drawn anew whenever a row is sealed: the same nonce is the same value. */
const NONCE_BYTES = 12

const isSame = (nonce: Uint8Array, sealed: Uint8Array): boolean =>
  nonce.every((byte, i) => byte === sealed[i])

export function sealedTable<T>(
  db: Database,
  sealer: Sealer,
  table: TableName,
  { clear = () => ({}), remembers = false }: TableOptions<T> = {},
): Table<T> {
  const opened = new Map<string, { readonly sealed: Uint8Array; readonly value: T }>()
  const valueOf = async (row: Row): Promise<T> => {
    const known = opened.get(row.key)
    if (known && row.sealed && isSame(known.sealed, row.sealed)) return known.value
    const value = fromPlain(await sealer.open(`${table}/${row.key}`, row.sealed)) as T
    if (!remembers || !row.sealed) return value
    if (opened.size >= REMEMBERED) opened.clear()
    opened.set(row.key, { sealed: row.sealed.slice(0, NONCE_BYTES), value })
    return value
  }
  const open = async (row: Row): Promise<Held<T>> => ({
    key: row.key,
    version: row.version,
    value: await valueOf(row),
  })
  const write = async (key: string, value: T, expected: number | null): Promise<Write> => {
    const sealed = await sealer.seal(`${table}/${key}`, toPlain(value))
    return { table, key, expected, row: { ...clear(value), key, sealed } }
  }
  return {
    async get(key) {
      const row = await db.get(table, key)
      return row ? open(row) : null
    },
    list: async (query) => Promise.all((await db.all(table, query)).map(open)),
    count: (query) => db.count(table, query),
    put: (key, value, over) => write(key, value, over?.version ?? 0),
    set: (key, value) => write(key, value, null),
    remove: (held) => ({ table, key: held.key, expected: held.version, row: null }),
    drop: (key) => ({ table, key, expected: null, row: null }),
  }
}
