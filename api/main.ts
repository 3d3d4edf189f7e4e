/** Starts the API: reads the configuration, opens the stores, serves, and closes them in reverse. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createAdaptorServer, type ServerType } from '@hono/node-server'
import { createApp, type App } from './app.ts'
import type { Bus } from './bus/bus.ts'
import { createLocalBus } from './bus/local.ts'
import { createRedisBus } from './bus/redis.ts'
import { readConfig, type Config } from './config.ts'
import { migrate } from './db/migrate.ts'
import { openSql, type Sql } from './db/sql.ts'
import { createLog, errorFields, Secret, type Log } from './log.ts'

await start()

async function start(): Promise<void> {
  const config = readConfig(process.env)
  const log = createLog(config.logLevel)
  const sql = await openStore(config)
  await migrate(sql)
  const bus = config.redisUrl === null ? createLocalBus() : createRedisBus(config.redisUrl.reveal())
  const serving = await serve(config, { sql, bus, log })
  closeOnSignal({ ...serving, sql, bus, log })
  process.stdout.write(`${JSON.stringify({ listening: serving.publicOrigin })}\n`)
}

interface Stores {
  readonly sql: Sql
  readonly bus: Bus
  readonly log: Log
}

interface Serving {
  readonly app: App
  readonly server: ServerType
  readonly publicOrigin: string
}

/** The address is only known once the process listens, and the app needs it: until then it answers nothing. */
async function serve(config: Config, stores: Stores): Promise<Serving> {
  let handle: App['fetch'] = () => new Response(null, { status: 503, headers: { 'retry-after': '1' } })
  const server = createAdaptorServer({ fetch: (request, env) => handle(request, env) })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(config.port, config.host, resolve)
  })
  const publicOrigin = config.publicOrigin ?? originOf(server.address() as AddressInfo, config.host)
  const loginSecret = config.loginSecret ?? keptSecret(config.dataDir)
  const app = createApp({ ...stores, config, publicOrigin, loginSecret, now: Date.now })
  for (const platform of config.platforms) await app.platforms.upsert(platform)
  handle = app.fetch
  return { app, server, publicOrigin }
}

function openStore(config: Config): Promise<Sql> {
  return openSql(
    config.databaseUrl === null ? { dataDir: config.dataDir } : { databaseUrl: config.databaseUrl.reveal() },
  )
}

function originOf({ port }: AddressInfo, host: string): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

/** Made at the first start, so that Logins outlive a restart. */
function keptSecret(dataDir: string): Secret<string> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const path = join(dataDir, 'login-secret')
  try {
    writeFileSync(path, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return new Secret(readFileSync(path, 'utf8'))
}

/** Open requests end first, then Streams, then the stores. A second signal ends the process at once. */
function closeOnSignal({ app, server, sql, bus, log }: Serving & Stores): void {
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    await app.close()
    if ('closeIdleConnections' in server) server.closeIdleConnections()
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, CLOSE_WITHIN_MS).unref())])
    await bus.close()
    await sql.close()
  }
  const onSignal = () => {
    process.removeAllListeners('SIGTERM').removeAllListeners('SIGINT')
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('close_failed', errorFields(error))
        process.exit(1)
      },
    )
  }
  process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)
}

const CLOSE_WITHIN_MS = 5_000
