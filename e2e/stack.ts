/** The whole built product on free ports, for one test: real processes, real databases, logs in files. */
import { cp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { startPostgres } from '../tools/postgres.ts'
import { type ProcessName, startProduct } from '../tools/product.ts'
import { startRedis } from '../tools/redis.ts'
import { freePort, freshFolder } from '../tools/server.ts'

/** The demo Platform of a product that runs already; MESSENGER_URL is its messenger, by default one port above. */
const baseUrl = process.env['BASE_URL'] ?? ''

export interface Stack {
  /** The demo Platform. */
  readonly hostUrl: string
  readonly messengerUrl: string
  /** Where the databases can be looked into; null on the embedded default and on a stack that is not ours. */
  readonly databases: Databases | null
  /** False when BASE_URL names a product somebody else runs: nothing there can be killed or read. */
  readonly isOurs: boolean
  readonly dataDir: string
  /** kill -9. */
  kill9(name: ProcessName): Promise<void>
  /** Starts it again on the same port and data. */
  restart(name: ProcessName): Promise<void>
  /** All that a process has printed so far. */
  log(name: ProcessName): Promise<string>
  stop(): Promise<void>
}

export interface Databases {
  readonly databaseUrl: string
  readonly redisUrl: string
}

/** What the stacks of one worker share: where each gets an empty database of its own. */
export interface Store {
  /** Puts an empty database where a messenger with this data folder finds it. */
  prepare(dataDir: string): Promise<Databases | null>
  stop(): Promise<void>
}

export interface StackOptions {
  readonly store: Store
  /** Further settings of the messenger. */
  readonly env?: Readonly<Record<string, string>>
}

export async function startStack({ store, env = {} }: StackOptions): Promise<Stack> {
  if (baseUrl !== '') return foreignStack()
  const dataDir = await freshFolder('stack')
  const databases = await store.prepare(dataDir)
  const product = await startProduct({
    hostPort: await freePort(),
    messengerPort: await freePort(),
    dataDir,
    env: { LOG_LEVEL: 'debug', ...env },
    ...databases,
  })
  return {
    hostUrl: product.hostUrl,
    messengerUrl: product.messengerUrl,
    databases,
    isOurs: true,
    dataDir,
    kill9: product.kill9,
    restart: product.restart,
    log: (name) => readFile(product.logFiles[name], 'utf8'),
    stop: async () => {
      await product.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

export function startStore(kind: 'embedded' | 'servers'): Promise<Store> {
  if (baseUrl !== '') return Promise.resolve({ prepare: async () => null, stop: async () => undefined })
  return kind === 'servers' ? startServersStore() : startEmbeddedStore()
}

/** One PostgreSQL and one Redis; every stack gets a database of its own. */
async function startServersStore(): Promise<Store> {
  const [server, redis] = await Promise.all([startPostgres(), startRedis()])
  let made = 0
  return {
    prepare: async () => {
      const name = `stack_${++made}`
      const sql = postgres(server.url, { max: 1 })
      await sql`create database ${sql(name)}`
      await sql.end()
      return { databaseUrl: new URL(name, server.url).href, redisUrl: redis.url }
    },
    stop: async () => {
      await Promise.all([server.stop(), redis.stop()])
    },
  }
}

/** The embedded default. Making its first database takes seconds, so that one is made and copied. */
async function startEmbeddedStore(): Promise<Store> {
  const first = await freshFolder('store')
  const product = await startProduct({
    hostPort: await freePort(),
    messengerPort: await freePort(),
    dataDir: first,
  })
  await product.stop()
  return {
    prepare: async (dataDir) => {
      await cp(join(first, 'messenger'), join(dataDir, 'messenger'), { recursive: true })
      await rm(join(dataDir, 'messenger/login-secret'), { force: true })
      return null
    },
    stop: () => rm(first, { recursive: true, force: true }),
  }
}

function foreignStack(): Stack {
  const host = new URL(baseUrl)
  const messenger = new URL(baseUrl)
  messenger.port = String(Number(host.port) + 1)
  const refuse = () => Promise.reject(new Error('this stack is not ours: BASE_URL is set'))
  return {
    hostUrl: host.origin,
    messengerUrl: process.env['MESSENGER_URL'] ?? messenger.origin,
    databases: null,
    isOurs: false,
    dataDir: '',
    kill9: refuse,
    restart: refuse,
    log: refuse,
    stop: () => Promise.resolve(),
  }
}
