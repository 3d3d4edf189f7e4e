/** A server started for one run: a child that dies with us, whatever way we end. */
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from './system.ts'

export interface Server {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

export interface ServerCommand {
  readonly program: string
  readonly args: readonly string[]
  readonly folder: string
  readonly env?: NodeJS.ProcessEnv
  readonly user?: { readonly uid: number; readonly gid: number } | null
  /** What asks the program to end at once and cleanly. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM'
  /** Throws while the server is not answering yet. */
  readonly probe: () => Promise<void>
  /** Gets all it prints, both streams. */
  readonly onOutput?: (part: string) => void
}

export interface RunningServer {
  readonly pid: number
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>
  stop(): Promise<void>
  /** kill -9: no chance to tidy up. */
  kill(): Promise<void>
}

/** Longest wait for a server to answer. Seconds are usual; two cores that twenty processes share take longer. */
const START_LIMIT_MS = 120_000
const PROBE_PAUSE_MS = 50
/** After this a stop becomes a kill. */
const STOP_LIMIT_MS = 10_000
/** Parts of output kept for the message of a failed start. */
const OUTPUT_PARTS_KEPT = 200

/** @returns a new folder that its maker removes. */
export function freshFolder(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `plasma-${name}-`))
}

/** @returns a port that was free a moment ago on 127.0.0.1. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string')
    throw new Error('a TCP server has an address with a port')
  return address.port
}

/**
 * Starts the program and waits until its probe holds.
 *
 * @throws with the last of its output, when it ends before it answers or does not answer in time.
 */
export async function startServer(command: ServerCommand): Promise<RunningServer> {
  const child = spawnDyingWithUs(command)
  const output: string[] = []
  collectOutput(child, (part) => {
    keepTail(output, part)
    command.onOutput?.(part)
  })
  const killNow = () => child.kill('SIGKILL')
  process.once('exit', killNow)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve())).then(() => {
    process.off('exit', killNow)
  })
  try {
    await untilAnswering(child, command.probe)
  } catch (cause) {
    await endChild(child, 'SIGKILL', ended)
    throw new Error(`${command.program} ${command.args[0] ?? ''} did not start:\n${output.join('')}`, {
      cause,
    })
  }
  return {
    pid: child.pid as number,
    ended,
    stop: () => endChild(child, command.stopSignal, ended),
    kill: () => endChild(child, 'SIGKILL', ended),
  }
}

/** setpriv lets the kernel stop the child even if we are killed with -9. */
function spawnDyingWithUs(command: ServerCommand): ChildProcess {
  const { program, args, stopSignal, folder } = command
  const user = command.user ?? null
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : null
  const options: SpawnOptions = {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: command.env ?? process.env,
  }
  if (setpriv === null) return spawn(program, args, { ...options, ...user })
  const become = user === null ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups']
  return spawn(setpriv, [...become, `--pdeathsig=${stopSignal.slice(3)}`, '--', program, ...args], options)
}

async function untilAnswering(child: ChildProcess, probe: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS
  for (;;) {
    if (hasEnded(child)) throw new Error('it ended')
    try {
      return await probe()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, PROBE_PAUSE_MS))
  }
}

async function endChild(child: ChildProcess, signal: NodeJS.Signals, ended: Promise<void>): Promise<void> {
  if (!hasEnded(child)) child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
  await ended
  clearTimeout(timer)
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined
}

function collectOutput(child: ChildProcess, take: (part: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', take)
  child.once('error', (error) => take(String(error)))
}

function keepTail(output: string[], part: string): void {
  output.push(part)
  if (output.length > OUTPUT_PARTS_KEPT) output.shift()
}
