/** Runs the test runners, shows their output and reads their reports. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Count, countPlaywright, countVitest } from './count.ts'

export const root = join(import.meta.dirname, '..')

/** Runs one project of vitest.config.ts. `quiet` keeps its output unless something failed. */
export async function runVitest(project: string, quiet = false): Promise<Count> {
  return withReport(countVitest, (report) => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    return run(process.execPath, [vitest, 'run', '--project', project, ...reporters], {}, quiet)
  })
}

/** Runs a Playwright configuration, or one project of it. */
export async function runPlaywright(config: string, project?: string): Promise<Count> {
  return withReport(countPlaywright, (report) => {
    const cli = join(root, 'node_modules/@playwright/test/cli.js')
    const only = project === undefined ? [] : [`--project=${project}`]
    const args = ['test', `--config=${config}`, ...only, '--reporter=list,json']
    return run(process.execPath, [cli, ...args], { PLAYWRIGHT_JSON_OUTPUT_FILE: report }, false)
  })
}

/** Runs assurance/audit and reads its last line, JSON {checks, failed}. */
export async function runAudit(): Promise<Count> {
  const { ok, output } = await run(process.execPath, ['--import', 'tsx', 'assurance/audit/main.ts'], {}, true)
  process.stdout.write(output)
  const lastLine = output.trim().split('\n').at(-1) ?? ''
  const result = /^\{"checks":(\d+),"failed":(\d+)\}$/.exec(lastLine)
  if (result === null) return { passed: 0, failed: 1 }
  const [checks, failed] = [Number(result[1]), Number(result[2])]
  return { passed: checks - failed, failed: ok ? failed : Math.max(1, failed) }
}

/** @returns whether it ended well, and what it printed if it was quiet. */
export function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  quiet: boolean,
): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => (output += String(part)))
    child.on('error', (error) => resolve({ ok: false, output: String(error) }))
    child.on('close', (code) => resolve({ ok: code === 0, output }))
  })
}

/** A runner that ends badly has failed at least once, whatever its report says; one without a report too. */
async function withReport(
  read: (report: unknown) => Count,
  runner: (report: string) => Promise<{ ok: boolean; output: string }>,
): Promise<Count> {
  const folder = await mkdtemp(join(tmpdir(), 'plasma-report-'))
  try {
    const report = join(folder, 'report.json')
    const { ok, output } = await runner(report)
    const text = await readFile(report, 'utf8').catch(() => null)
    const count = text === null ? { passed: 0, failed: 1 } : read(JSON.parse(text))
    const honest = ok || count.failed > 0 ? count : { ...count, failed: 1 }
    if (honest.failed > 0) process.stdout.write(output)
    return honest
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
