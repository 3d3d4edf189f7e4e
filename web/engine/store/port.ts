/** What the verbs ask of the database: rows with versions, and one kind of commit that checks them. */

export const TABLES = [
  'keys', // private keys, one record each, never sealed: CryptoKeys that cannot be exported, or wrapped ones
  'meta', // single records: the own Device, settings, the run of the Stream, the pending link
  'contacts',
  'messages',
  'pairs', // what is known of a Device pair beyond its Sessions: the greatest epoch
  'sessions',
  'skipped',
  'initiations', // sids that were accepted, while their prekeys live
  'outbox',
  'sent', // Envelopes that a retry may ask for
  'seen',
  'prekeys',
  'links',
  'capabilities',
] as const
export type TableName = (typeof TABLES)[number]

/** Clear fields are ids and what indices need; everything else is in `sealed`. */
export interface Row {
  readonly key: string
  /** Starts at 1, grows with each write. */
  readonly version: number
  readonly sealed?: Uint8Array<ArrayBuffer>
  readonly [clear: string]: unknown
}

/** `expected` is the version that was read, 0 for "no such row", null for "whatever is there". */
export interface Write {
  readonly table: TableName
  readonly key: string
  readonly expected: number | null
  readonly row: Omit<Row, 'version'> | null
}

export interface Query {
  readonly index: string
  readonly from: IDBValidKey
  readonly to: IDBValidKey
  /** Newest first when set. */
  readonly limit?: number
}

/** `conflict`: a row changed since it was read, nothing was written. `full`: no room, nothing was written. */
export type CommitResult = 'done' | 'conflict' | 'full'

export interface Database {
  get(table: TableName, key: string): Promise<Row | undefined>
  all(table: TableName, query?: Query): Promise<readonly Row[]>
  count(table: TableName, query?: Query): Promise<number>
  /** One readwrite transaction with strict durability over every table named: all or nothing. */
  commit(writes: readonly Write[]): Promise<CommitResult>
  close(): void
  /** Deletes everything. */
  destroy(): Promise<void>
}

/** `unsupported`: the browser lacks what the protocol needs. `blocked`: it keeps nothing for this page. `damaged`: a row is not what was stored. `outdated`: newer code has changed the database. */
export class StorageError extends Error {
  readonly word: 'unsupported' | 'blocked' | 'damaged' | 'outdated'
  constructor(word: 'unsupported' | 'blocked' | 'damaged' | 'outdated') {
    super(word)
    this.word = word
  }
}
