/** The whole built product on free ports, for one test: real processes, real databases, logs in files. */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { startPostgres } from '../tools/postgres.ts'
import { type ProcessName, startProduct } from '../tools/product.ts'
import { startRedis } from '../tools/redis.ts'
import { freePort, freshFolder } from '../tools/server.ts'

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

/** One PostgreSQL and one Redis for a whole worker: every stack gets a database of its own. */
export interface DatabaseServers {
  newDatabase(): Promise<Databases>
  stop(): Promise<void>
}

export interface StackOptions {
  /** Null: the embedded default. */
  readonly servers: DatabaseServers | null
  /** Further settings of the messenger. */
  readonly env?: Readonly<Record<string, string>>
}

export async function startStack({ servers, env = {} }: StackOptions): Promise<Stack> {
  const baseUrl = process.env['BASE_URL']
  if (baseUrl !== undefined && baseUrl !== '') return foreignStack(baseUrl)
  const dataDir = await freshFolder('stack')
  const databases = servers === null ? null : await servers.newDatabase()
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

export async function startDatabaseServers(): Promise<DatabaseServers> {
  const [server, redis] = await Promise.all([startPostgres(), startRedis()])
  let made = 0
  return {
    newDatabase: async () => {
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

/** BASE_URL is the demo Platform; MESSENGER_URL the messenger, by default one port above. */
function foreignStack(baseUrl: string): Stack {
  const host = new URL(baseUrl)
  const messenger = new URL(baseUrl)
  messenger.port = String(Number(host.port) + 1)
  const refuse = () => Promise.reject(new Error('this stack is not ours: BASE_URL is set'))
  return {
    hostUrl: host.origin,
    messengerUrl: process.env['MESSENGER_URL'] ?? messenger.origin,
    databases: null,
    isOurs: false,
    dataDir: join('/nonexistent'),
    kill9: refuse,
    restart: refuse,
    log: refuse,
    stop: () => Promise.resolve(),
  }
}
