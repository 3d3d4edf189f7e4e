/** A PostgreSQL of our own for one run: fresh data, a free port, gone afterwards. */
import { spawnSync } from 'node:child_process'
import { chown, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import postgres from 'postgres'
import { freePort, freshFolder, type Server, startServer } from './server.ts'
import { findOrInstall, plainUser, postgresFolders } from './system.ts'

export interface PostgresOptions {
  /** Further settings, as `name=value`. */
  readonly settings?: readonly string[]
}

/**
 * Starts PostgreSQL as a plain user: it refuses root.
 *
 * @returns the URL of an empty database `plasma`. `stop` ends it and removes its data.
 * @throws Missing when PostgreSQL is neither here nor installable.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Server> {
  const program = findOrInstall('postgres', ['postgresql'], postgresFolders)
  const user = plainUser()
  const folder = await freshFolder('postgres')
  if (user !== null) await chown(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  initialise(join(dirname(program), 'initdb'), data, user)
  const port = await freePort()
  const rootUrl = `postgres://plasma@127.0.0.1:${port}/postgres`
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${folder}`]
  const args = [
    '-D',
    data,
    ...[...settings, ...(options.settings ?? [])].flatMap((setting) => ['-c', setting]),
  ]
  const probe = () => createDatabase(rootUrl)
  const server = await startServer({ program, args, folder, user, stopSignal: 'SIGINT', probe })
  const stop = async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { url: `postgres://plasma@127.0.0.1:${port}/plasma`, pid: server.pid, stop }
}

function initialise(initdb: string, data: string, user: { uid: number; gid: number } | null): void {
  const args = ['-D', data, '-U', 'plasma', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  const done = spawnSync(initdb, args, { cwd: dirname(data), encoding: 'utf8', ...user })
  if (done.status !== 0) throw new Error(`initdb failed:\n${done.stdout}${done.stderr}${done.error ?? ''}`)
}

async function createDatabase(rootUrl: string): Promise<void> {
  const sql = postgres(rootUrl, { max: 1, connect_timeout: 2, onnotice: () => undefined })
  try {
    await sql`create database plasma`
  } finally {
    await sql.end({ timeout: 1 })
  }
}
