import { spawn } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DataDirInUse } from './dataDirLock.ts'
import { openSql } from './sql.ts'

let dataDir = ''
beforeEach(async () => {
  dataDir = join(await mkdtemp(join(tmpdir(), 'plasma-embedded-')), 'data')
})
afterEach(() => rm(join(dataDir, '..'), { recursive: true, force: true }))

test('a second start finds the data of the first', async () => {
  const first = await openSql({ dataDir })
  await first`create table kept as select 1 as n`
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
  await first.close()
  const second = await openSql({ dataDir })
  expect(await second`select n from kept`).toEqual([{ n: 1 }])
  await second.close()
})

test('a directory that another process has open is refused; once it was killed it is taken over with all it committed', async () => {
  const script = `
    const { openSql } = await import(${JSON.stringify(join(import.meta.dirname, 'sql.ts'))})
    const sql = await openSql({ dataDir: ${JSON.stringify(dataDir)} })
    await sql\`create table kept as select 2 as n\`
    process.stdout.write('committed')
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script])
  let complaint = ''
  child.stderr.on('data', (part) => (complaint += String(part)))
  const exited = new Promise((resolve) => child.once('exit', resolve))
  await Promise.race([
    new Promise((resolve) => child.stdout.once('data', resolve)),
    exited.then(() => Promise.reject(new Error(complaint))),
  ])
  try {
    await expect(openSql({ dataDir })).rejects.toThrow(DataDirInUse)
  } finally {
    child.kill('SIGKILL')
    await exited
  }
  const sql = await openSql({ dataDir })
  expect(await sql`select n from kept`).toEqual([{ n: 2 }])
  await sql.close()
})
