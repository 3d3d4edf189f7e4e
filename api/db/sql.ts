/** The one way to the database: postgres.js, on PostgreSQL and on the embedded database alike. */
import { AsyncLocalStorage } from 'node:async_hooks'
import postgres from 'postgres'
import { openEmbedded } from './embedded.ts'
import { within } from './outage.ts'
import { createOpenSocket } from './socket.ts'

/** Tagged template queries. A bigint column is read as a number: what we keep in one (milliseconds, counts) stays below 2^53. */
export type Queries = postgres.ISql<{ bigint: number }>

export interface Sql extends Queries {
  /**
   * Runs `work` in one transaction; it commits when `work` resolves and rolls back when it throws.
   * Inside it every query goes through `tx`: one on the outer connection throws at once, since on a single connection it would wait for itself.
   */
  transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T>
  /** Statements that gain from running at the same time: the embedded database has one connection. */
  readonly connections: number
  /** Answers within `withinMs` whether the database does. */
  isReady(withinMs?: number): Promise<boolean>
  close(): Promise<void>
}

export type SqlConfig =
  | {
      readonly databaseUrl: string
      readonly connections?: number
      /** After so long without a word a connection is given up. */
      readonly silenceMs?: number
    }
  /** The embedded database, kept in this directory. */
  | { readonly dataDir: string }

const DEFAULT_CONNECTIONS = 10
/** Longer than any statement of ours takes, shorter than a client waits. */
const STATEMENT_TIMEOUT_MS = 10_000
const IDLE_S = 5
/** More than a connection is kept idle and a statement runs together: a live one is never that silent. */
const SILENCE_MS = STATEMENT_TIMEOUT_MS + (IDLE_S + 3) * 1000

/** @throws DataDirInUse when another process has the embedded database open. */
export async function openSql(config: SqlConfig): Promise<Sql> {
  if ('dataDir' in config) {
    const embedded = await openEmbedded(config.dataDir)
    const client = connect({
      ...COMMON,
      path: embedded.socketPath,
      database: 'postgres',
      username: 'postgres',
      max: 1,
      // A connection that closes itself would be refused on its return: the embedded server serves one.
      idle_timeout: 0,
    })
    return withTransactions(client, 1, embedded.close)
  }
  const connections = config.connections ?? DEFAULT_CONNECTIONS
  const connection = { application_name: 'plasma', statement_timeout: STATEMENT_TIMEOUT_MS }
  const socket = createOpenSocket(config.silenceMs ?? SILENCE_MS)
  const client = connect(
    { ...COMMON, max: connections, connect_timeout: 3, idle_timeout: IDLE_S, connection, socket },
    config.databaseUrl,
  )
  return withTransactions(client, connections, async () => undefined)
}

const COMMON = {
  max_lifetime: null,
  backoff: (attempt: number) => Math.min(0.05 * 2 ** attempt, 0.5),
  onnotice: () => undefined,
}

type Client = postgres.Sql<{ bigint: number }>

function connect(options: object, url?: string): Client {
  const bigint = { to: 20, from: [20], serialize: String, parse: Number }
  const all = { ...options, types: { bigint } }
  return url === undefined ? postgres(all) : postgres(url, all)
}

/** Set while a transaction's `work` runs, in it and in all it calls. */
interface TransactionScope {
  open: boolean
}

function withTransactions(client: Client, connections: number, closeBehind: () => Promise<void>): Sql {
  const scopes = new AsyncLocalStorage<TransactionScope>()
  const refuseInside = () => {
    if (scopes.getStore()?.open)
      throw new Error('a query on the outer connection inside a transaction: use its tx')
  }
  const own: Omit<Sql, keyof Queries> = {
    connections,
    transaction: (work) => {
      refuseInside()
      return client.begin((tx) => runInScope(scopes, () => work(tx))) as ReturnType<typeof work>
    },
    isReady: (withinMs = 1000) =>
      within(withinMs, client`select 1`).then(
        () => true,
        () => false,
      ),
    close: async () => {
      await client.end({ timeout: 5 })
      await closeBehind()
    },
  }
  return new Proxy(client, {
    apply(target, self, args: unknown[]) {
      if (isTemplate(args[0])) refuseInside()
      return Reflect.apply(target, self, args)
    },
    get(target, key) {
      if (Object.hasOwn(own, key)) return own[key as keyof typeof own]
      if (key === 'unsafe' || key === 'file' || key === 'begin' || key === 'notify') refuseInside()
      return Reflect.get(target, key)
    },
  }) as unknown as Sql
}

function isTemplate(first: unknown): boolean {
  return Array.isArray(first) && 'raw' in first
}

/** The scope is closed at the end, for work that was started inside and goes on after it. */
function runInScope<T>(scopes: AsyncLocalStorage<TransactionScope>, work: () => Promise<T>): Promise<T> {
  const scope: TransactionScope = { open: true }
  return scopes.run(scope, work).finally(() => {
    scope.open = false
  })
}
