/** `npm run check`: types, lint, format, import rules, unit tests. For every day: under a minute on two cores. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { add, type Count, finish } from './count.ts'
import { checkImports } from './importRules.ts'
import { compile, programs } from './programs.ts'
import { root, run, runVitest } from './runners.ts'

interface Step {
  readonly name: string
  run(): Promise<Count>
}

/** Runs every step, two at a time, and prints a line for each. */
export async function check(): Promise<Count> {
  const steps: Step[] = [
    { name: 'unit tests', run: () => runVitest('unit', true) },
    ...programs().map((program) => ({ name: `types ${program}`, run: () => typesOf(program) })),
    { name: 'lint', run: () => tool('oxlint', ['--deny-warnings']) },
    { name: 'format', run: () => tool('oxfmt', ['--check', '.']) },
    { name: 'import rules', run: importRules },
  ]
  const counts: Count[] = []
  const worker = async () => {
    for (let step = steps.shift(); step !== undefined; step = steps.shift()) counts.push(await timed(step))
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker))
  return add(...counts)
}

async function timed(step: Step): Promise<Count> {
  const startedMs = Date.now()
  const count = await step.run()
  const mark = count.failed === 0 ? 'ok    ' : 'FAILED'
  console.log(`${mark} ${step.name} (${((Date.now() - startedMs) / 1000).toFixed(1)} s)`)
  return count
}

async function typesOf(program: string): Promise<Count> {
  return asCount(await compile(program))
}

/** node_modules/.bin holds links to scripts and to binaries alike, so it is run as it is. */
async function tool(name: string, args: readonly string[]): Promise<Count> {
  return asCount(await run(join(root, 'node_modules/.bin', name), args, { quiet: true }))
}

async function importRules(): Promise<Count> {
  const { modules, violations } = checkImports(root)
  const lines = violations.map(({ file, imports, rule }) => `${file} imports ${imports}: ${rule}\n`)
  return asCount({ ok: modules > 0 && violations.length === 0, output: lines.join('') })
}

function asCount({ ok, output }: { ok: boolean; output: string }): Count {
  if (!ok) process.stdout.write(output)
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 }
}

if (process.argv[1] === import.meta.filename) finish(await check())
