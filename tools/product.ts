/** The built product as processes: the demo Platform and the messenger that serves its people. */
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type RunningServer, startServer } from './server.ts'

const root = join(import.meta.dirname, '..')

export interface ProductOptions {
  readonly hostPort: number
  readonly messengerPort: number
  /** Keeps everything that a second start finds again. */
  readonly dataDir: string
  /** Without it, the embedded database. */
  readonly databaseUrl?: string | undefined
  /** Without it, the bus inside the process. */
  readonly redisUrl?: string | undefined
  /** Platforms beside the demo one, in the form of PLATFORM_FILE. */
  readonly furtherPlatforms?: readonly object[]
  /** Further settings of the messenger (api/config.ts). */
  readonly env?: Readonly<Record<string, string>>
}

export interface Product {
  readonly hostUrl: string
  readonly messengerUrl: string
  readonly logFiles: { readonly host: string; readonly messenger: string }
  process(name: ProcessName): RunningServer
  /** kill -9. */
  kill9(name: ProcessName): Promise<void>
  /** Starts it again on the same port and data, after a kill or a stop. */
  restart(name: ProcessName): Promise<void>
  stop(): Promise<void>
}

export type ProcessName = 'host' | 'messenger'

export const PLATFORM_ID = 'pk_ceramics'

/** Starts both and waits until both answer. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const { dataDir, hostPort, messengerPort } = options
  const hostUrl = `http://localhost:${hostPort}`
  const messengerUrl = `http://localhost:${messengerPort}`
  await mkdir(join(dataDir, 'logs'), { recursive: true })
  const logFiles = { host: join(dataDir, 'logs/host.log'), messenger: join(dataDir, 'logs/messenger.log') }
  const startHost = () =>
    startNode(['--import', 'tsx', 'examples/host/main.ts'], logFiles.host, `${hostUrl}/healthz`, {
      PORT: String(hostPort),
      DATA_DIR: join(dataDir, 'host'),
      PLATFORM_ID,
      MESSENGER_ORIGIN: messengerUrl,
    })
  const startMessenger = async () =>
    startNode(['dist/api/main.js'], logFiles.messenger, `${messengerUrl}/readyz`, {
      PORT: String(messengerPort),
      PUBLIC_ORIGIN: messengerUrl,
      DATA_DIR: join(dataDir, 'messenger'),
      WEB_DIR: join(root, 'dist/web'),
      PLATFORM_FILE: await writePlatformFile(dataDir, hostUrl, options.furtherPlatforms ?? []),
      DATABASE_URL: options.databaseUrl ?? '',
      REDIS_URL: options.redisUrl ?? '',
      ...(options.databaseUrl === undefined ? {} : { LOGIN_SECRET: await keptSecret(dataDir) }),
      ...options.env,
    })
  const running = new Map<ProcessName, RunningServer>([['host', await startHost()]])
  const process = (name: ProcessName): RunningServer => {
    const server = running.get(name)
    if (server === undefined) throw new Error(`${name} is not started`)
    return server
  }
  const stop = async () => {
    await Promise.all([...running.values()].map((server) => server.stop()))
  }
  try {
    running.set('messenger', await startMessenger())
  } catch (error) {
    await stop()
    throw error
  }
  return {
    hostUrl,
    messengerUrl,
    logFiles,
    process,
    stop,
    kill9: (name) => process(name).kill(),
    restart: async (name) => {
      await process(name).stop()
      running.set(name, name === 'host' ? await startHost() : await startMessenger())
    },
  }
}

function startNode(
  args: readonly string[],
  logFile: string,
  healthUrl: string,
  env: Readonly<Record<string, string>>,
): Promise<RunningServer> {
  const log = createWriteStream(logFile, { flags: 'a' })
  return startServer({
    program: process.execPath,
    args,
    folder: root,
    env: { ...process.env, HOST: '', ...env },
    stopSignal: 'SIGTERM',
    probe: () => answersOk(healthUrl),
    onOutput: (part) => log.write(part),
  })
}

async function answersOk(url: string): Promise<void> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) })
  await answer.arrayBuffer()
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`)
}

/** Tells the messenger who the demo Platform is. Its public keys are pasted, as an administrator would. */
async function writePlatformFile(
  dataDir: string,
  hostUrl: string,
  further: readonly object[],
): Promise<string> {
  const { keys } = (await (await fetch(`${hostUrl}/plasma/jwks.json`)).json()) as { keys: unknown[] }
  const platform = {
    platformId: PLATFORM_ID,
    name: 'Ceramics',
    hosts: ['localhost', '127.0.0.1'],
    signInUrl: `${hostUrl}/plasma/sign-in`,
    profileLinkUrl: `${hostUrl}/plasma/link`,
    retentionDays: 30,
    crossPlatform: 'any',
    keys,
  }
  const file = join(dataDir, 'platforms.json')
  await writeFile(file, JSON.stringify([platform, ...further], null, 2))
  return file
}

/** Instances that share a database share this secret: Logins must survive a restart. */
async function keptSecret(dataDir: string): Promise<string> {
  const file = join(dataDir, 'login-secret')
  const kept = await readFile(file, 'utf8').catch(() => null)
  if (kept !== null) return kept
  const made = randomBytes(32).toString('base64url')
  await writeFile(file, made, { mode: 0o600 })
  return made
}
