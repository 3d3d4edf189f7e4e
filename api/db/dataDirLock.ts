/** One process a data directory: a lock file that names its holder, taken over when the holder is dead. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export class DataDirInUse extends Error {
  override readonly name = 'DataDirInUse'
}

interface Holder {
  readonly pid: number
  /** When that process started, in the kernel's own count: a pid is used again. */
  readonly started: string | null
  readonly token: string
}

/** Longer than a takeover takes: what is older was left by a process that died in one. */
const TAKEOVER_MS = 10_000

/**
 * @returns a function that gives the lock back.
 * @throws DataDirInUse while its holder lives.
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, 'lock')
  const own: Holder = { pid: process.pid, started: startOf(process.pid), token: randomUUID() }
  heldHere.add(own.token)
  try {
    if (!(await createExclusively(path, own))) await takeOver(path, own, dataDir)
  } catch (error) {
    heldHere.delete(own.token)
    throw error
  }
  return async () => {
    heldHere.delete(own.token)
    if ((await readHolder(path))?.token === own.token) await rm(path, { force: true })
  }
}

const heldHere = new Set<string>()

/** Only one process takes over at a time: between reading a dead holder and replacing it another could have done both. */
async function takeOver(path: string, own: Holder, dataDir: string): Promise<void> {
  const guard = `${path}.takeover`
  if (!(await createExclusively(guard, own))) {
    if (await isOlderThan(guard, TAKEOVER_MS)) await rm(guard, { force: true })
    throw new DataDirInUse(`${dataDir} is being taken over by another process: try again in a few seconds`)
  }
  try {
    const holder = await readHolder(path)
    if (holder !== null && isAlive(holder)) {
      throw new DataDirInUse(
        `${dataDir} is in use by process ${holder.pid}: stop it, or choose another DATA_DIR`,
      )
    }
    await rename(await writeBeside(path, own), path)
  } finally {
    await rm(guard, { force: true })
  }
}

/** By a link to a file that is already whole: nobody ever reads a lock that names no holder yet. */
async function createExclusively(path: string, holder: Holder): Promise<boolean> {
  const whole = await writeBeside(path, holder)
  try {
    await link(whole, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(whole, { force: true })
  }
}

async function writeBeside(path: string, holder: Holder): Promise<string> {
  const beside = `${path}.${holder.token}`
  await writeFile(beside, JSON.stringify(holder), { mode: 0o600, flush: true })
  return beside
}

/** Null for no file, or one that is not ours to read. */
async function readHolder(path: string): Promise<Holder | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    return isHolder(value) ? value : null
  } catch {
    return null
  }
}

function isHolder(value: unknown): value is Holder {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    Number.isInteger(value.pid) &&
    'token' in value
  )
}

function isAlive(holder: Holder): boolean {
  // Our own pid in another's lock: in a container every start has the same one.
  if (holder.pid === process.pid) return heldHere.has(holder.token)
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const stat = readStat(holder.pid)
  // Killed, and not yet taken note of by its parent: in a container, perhaps never.
  if (stat?.state === 'Z' || stat?.state === 'X') return false
  return holder.started === null || stat === null || holder.started === stat.started
}

function startOf(pid: number): string | null {
  return readStat(pid)?.started ?? null
}

/** Fields 3 and 22 of /proc/PID/stat; null where there is no /proc. */
function readStat(pid: number): { readonly state: string; readonly started: string } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', started: fields[19] ?? '' }
  } catch {
    return null
  }
}

async function isOlderThan(path: string, ms: number): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > ms
  } catch {
    return false
  }
}
