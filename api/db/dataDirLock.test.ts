import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DataDirInUse, lockDataDir } from './dataDirLock.ts'
import { until } from './testing.ts'

let dataDir = ''
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'plasma-lock-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

test('a directory that a living process holds is refused, by name of that process', async () => {
  const unlock = await lockDataDir(dataDir)
  await expect(lockDataDir(dataDir)).rejects.toThrow(DataDirInUse)
  await expect(lockDataDir(dataDir)).rejects.toThrow(`process ${process.pid}`)
  await unlock()
  await (
    await lockDataDir(dataDir)
  )()
})

test('another living process is refused too', async () => {
  const other = spawn('sleep', ['60'])
  await writeFile(join(dataDir, 'lock'), JSON.stringify({ pid: other.pid, started: null, token: 'other' }))
  await expect(lockDataDir(dataDir)).rejects.toThrow(`process ${other.pid}`)
  other.kill('SIGKILL')
})

test('the lock of a dead process is taken over by exactly one of many', async () => {
  const dead = spawn('true')
  await new Promise((resolve) => dead.once('exit', resolve))
  await writeFile(join(dataDir, 'lock'), JSON.stringify({ pid: dead.pid, started: '1', token: 'dead' }))
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataDir(dataDir)))
  expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
})

test('a pid that now belongs to another process does not hold the lock', async () => {
  const other = spawn('sleep', ['60'])
  await writeFile(join(dataDir, 'lock'), JSON.stringify({ pid: other.pid, started: '1', token: 'dead' }))
  await lockDataDir(dataDir)
  expect(await readFile(join(dataDir, 'lock'), 'utf8')).not.toContain('dead')
  other.kill('SIGKILL')
})

test('our own pid left by an earlier start, as in a container, is taken over', async () => {
  await writeFile(
    join(dataDir, 'lock'),
    JSON.stringify({ pid: process.pid, started: null, token: 'earlier' }),
  )
  await lockDataDir(dataDir)
  expect(await readFile(join(dataDir, 'lock'), 'utf8')).not.toContain('earlier')
})

test('a holder that was killed and is not yet taken note of by its parent is dead', async () => {
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'])
  const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)))
  await writeFile(join(dataDir, 'lock'), JSON.stringify({ pid, started: null, token: 'zombie' }))
  await until(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '))
  await lockDataDir(dataDir)
  expect(await readFile(join(dataDir, 'lock'), 'utf8')).not.toContain('zombie')
  parent.kill('SIGKILL')
})
