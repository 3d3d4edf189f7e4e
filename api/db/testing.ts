/** For tests: the stores the API runs on, made for one file and gone after it. */
import { randomUUID } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { startRedis } from '../../tools/redis.ts'
import type { Bus } from '../bus/bus.ts'
import { createLocalBus } from '../bus/local.ts'
import { createRedisBus } from '../bus/redis.ts'
import { migrate } from './migrate.ts'
import { openSql, type Sql } from './sql.ts'

export interface TestStores {
  readonly kind: 'servers' | 'embedded'
  readonly sql: Sql
  readonly bus: Bus
  /** A further instance's own bus: Redis by a connection of its own, or the same in-process one. */
  anotherBus(): Promise<Bus>
  /** Null on the embedded database. */
  readonly postgresUrl: string | null
}

type Started = TestStores & { stop(): Promise<void> }

/** The same tests on PostgreSQL with Redis and on the embedded default; `stores()` may be called inside tests only. */
export function describeOnBothDatabases(name: string, tests: (stores: () => TestStores) => void): void {
  describeOnServers(`${name} (PostgreSQL and Redis)`, tests)
  describeOn(`${name} (embedded)`, startEmbedded, tests)
}

export function describeOnServers(name: string, tests: (stores: () => TestStores) => void): void {
  describeOn(name, startServers, tests)
}

function describeOn(
  name: string,
  start: () => Promise<Started>,
  tests: (stores: () => TestStores) => void,
): void {
  // oxlint-disable-next-line vitest/valid-title
  describe(name, () => {
    let started: Started | null = null
    beforeAll(async () => {
      started = await start()
    })
    afterAll(() => started?.stop())
    tests(() => {
      if (started === null) throw new Error('stores() before the stores have started')
      return started
    })
  })
}

async function startServers(): Promise<Started> {
  const redis = await startRedis()
  const databaseUrl = await createDatabase(inject('postgresUrl'))
  const sql = await openSql({ databaseUrl })
  await migrate(sql)
  const buses: Bus[] = []
  const anotherBus = async () => {
    const bus = createRedisBus(redis.url)
    buses.push(bus)
    await untilHealthy(bus)
    return bus
  }
  const stop = async () => {
    for (const bus of buses) await bus.close()
    await sql.close()
    await redis.stop()
  }
  return { kind: 'servers', sql, bus: await anotherBus(), anotherBus, postgresUrl: databaseUrl, stop }
}

/** A database of its own on the server that all share. */
async function createDatabase(serverUrl: string): Promise<string> {
  const sql = await openSql({ databaseUrl: serverUrl, connections: 1 })
  const name = `plasma_${randomUUID()}`
  await sql`create database ${sql(name)}`
  await sql.close()
  return new URL(name, serverUrl).href
}

async function startEmbedded(): Promise<Started> {
  const dataDir = await mkdtemp(join(tmpdir(), 'plasma-embedded-'))
  await cp(inject('embeddedTemplate'), dataDir, { recursive: true })
  const sql = await openSql({ dataDir })
  await migrate(sql)
  const bus = createLocalBus()
  const stop = async () => {
    await sql.close()
    await rm(dataDir, { recursive: true, force: true })
  }
  return { kind: 'embedded', sql, bus, anotherBus: async () => bus, postgresUrl: null, stop }
}

/** @throws when it takes more than 10 s. */
export async function untilHealthy(bus: Bus): Promise<void> {
  await until(() => bus.healthy())
}

/** Asks again until it holds. @throws when that takes more than `withinMs`. */
export async function until(holds: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const endMs = performance.now() + withinMs
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not so within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
