/** Runs the test runners, shows their output and reads their reports. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import './bundlerThreads.ts'
import { type Count, countPlaywright, countVitest } from './count.ts'

export const root = join(import.meta.dirname, '..')

/** Longer than any test may take. */
const SILENCE_MS = 240_000

/** Runs one project of vitest.config.ts. `quiet` keeps its output unless something failed. */
export async function runVitest(project: string, quiet = false): Promise<Count> {
  return withReport(countVitest, quiet, (report) => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const args = [vitest, 'run', '--project', project, ...reporters]
    return run(process.execPath, args, { quiet, silenceMs: SILENCE_MS })
  })
}

/** Runs a Playwright configuration, or one project of it. */
export async function runPlaywright(config: string, project?: string): Promise<Count> {
  return withReport(countPlaywright, false, (report) => {
    const cli = join(root, 'node_modules/@playwright/test/cli.js')
    const only = project === undefined ? [] : [`--project=${project}`]
    const args = ['test', `--config=${config}`, ...only, '--reporter=list,json']
    return run(process.execPath, [cli, ...args], { env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report } })
  })
}

/** Runs assurance/audit and reads its last line, JSON {checks, failed}. */
export async function runAudit(): Promise<Count> {
  const { ok, output } = await run(process.execPath, ['--import', 'tsx', 'assurance/audit/main.ts'], {
    quiet: true,
  })
  process.stdout.write(output)
  const lastLine = output.trim().split('\n').at(-1) ?? ''
  const result = /^\{"checks":(\d+),"failed":(\d+)\}$/.exec(lastLine)
  if (result === null) return { passed: 0, failed: 1 }
  const [checks, failed] = [Number(result[1]), Number(result[2])]
  return { passed: checks - failed, failed: ok ? failed : Math.max(1, failed) }
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Keeps what it prints for the caller. */
  readonly quiet?: boolean
  /** One that prints nothing for so long is stuck: it is killed and started once more, and that is said. */
  readonly silenceMs?: number
}

/** @returns whether it ended well, and what it printed. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ ok: boolean; output: string }> {
  const first = await attempt(program, args, options)
  if (!first.stuck) return first
  console.log(`stuck without a word, started again: ${args.join(' ')}`)
  return attempt(program, args, options)
}

function attempt(
  program: string,
  args: readonly string[],
  { env = {}, quiet = false, silenceMs }: RunOptions,
): Promise<{ ok: boolean; output: string; stuck: boolean }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let stuck = false
    const giveUp = () => {
      stuck = true
      child.kill('SIGKILL')
    }
    const silence = silenceMs === undefined ? undefined : setTimeout(giveUp, silenceMs)
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (part: Buffer) => {
        silence?.refresh()
        output += part.toString()
        if (!quiet) process.stdout.write(part)
      })
    }
    const end = (ok: boolean) => {
      clearTimeout(silence)
      resolve({ ok, output, stuck })
    }
    child.on('error', (error) => {
      output += String(error)
      end(false)
    })
    child.on('close', (code) => end(code === 0))
  })
}

/** A runner that ends badly has failed at least once, whatever its report says; one without a report too. */
async function withReport(
  read: (report: unknown) => Count,
  quiet: boolean,
  runner: (report: string) => Promise<{ ok: boolean; output: string }>,
): Promise<Count> {
  const folder = await mkdtemp(join(tmpdir(), 'plasma-report-'))
  try {
    const report = join(folder, 'report.json')
    const { ok, output } = await runner(report)
    const text = await readFile(report, 'utf8').catch(() => null)
    const count = text === null ? { passed: 0, failed: 1 } : read(JSON.parse(text))
    const honest = ok || count.failed > 0 ? count : { ...count, failed: 1 }
    if (honest.failed > 0 && quiet) process.stdout.write(output)
    return honest
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
