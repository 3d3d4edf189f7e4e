import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}

test('a PostgreSQL starts empty, serves, and leaves no process behind', async () => {
  const server = await startPostgres()
  const sql = postgres(server.url, { max: 1 })
  expect(await sql`select count(*)::int as tables from pg_tables where schemaname = 'public'`).toEqual([
    { tables: 0 },
  ])
  await sql.end()
  await server.stop()
  expect(isRunning(server.pid)).toBe(false)
})

test('a Redis starts, serves, and leaves no process behind', async () => {
  const server = await startRedis()
  const port = Number(new URL(server.url).port)
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(void socket.destroy())).once('error', reject)
  })
  await server.stop()
  expect(isRunning(server.pid)).toBe(false)
})
