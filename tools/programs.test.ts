import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { compile, type Compiled, programs } from './programs.ts'

const root = join(import.meta.dirname, '..')

/** Compiles one line as if it stood in the program. */
async function compileIn(program: string, line: string): Promise<Compiled> {
  const folder = mkdtempSync(join(tmpdir(), 'plasma-program-'))
  try {
    const extended = {
      extends: join(root, program),
      include: ['*.ts'],
      exclude: [],
      compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(extended))
    writeFileSync(join(folder, 'planted.ts'), `export const planted = ${line}\n`)
    return await compile(relative(root, join(folder, 'tsconfig.json')))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('every folder of code has a program', () => {
  for (const folder of [
    'protocol',
    'wire',
    'api',
    'web/engine',
    'web/ui',
    'web/sw',
    'e2e',
    'examples/host',
    'tools',
  ]) {
    expect(programs()).toContain(`${folder}/tsconfig.json`)
  }
})

test.for([
  ['web/engine/tsconfig.json', 'document.title', "Cannot find name 'document'"],
  ['web/engine/tsconfig.json', 'process.pid', "Cannot find name 'process'"],
  ['web/sw/tsconfig.json', 'document.title', "Cannot find name 'document'"],
  ['protocol/tsconfig.json', "fetch('https://example.com')", "Cannot find name 'fetch'"],
  ['protocol/tsconfig.json', 'setTimeout(() => 0, 1)', "Cannot find name 'setTimeout'"],
  ['protocol/tsconfig.json', "console.log('x')", "Cannot find name 'console'"],
  ['protocol/tsconfig.json', 'indexedDB', "Cannot find name 'indexedDB'"],
  ['wire/tsconfig.json', "fetch('https://example.com')", "Cannot find name 'fetch'"],
  ['api/tsconfig.json', 'document.title', "Cannot find name 'document'"],
] as const)('%s: %s does not compile', async ([program, line, message]) => {
  const { ok, output } = await compileIn(program, line)
  expect(ok).toBe(false)
  expect(output).toContain(message)
})

test.for(['web/engine', 'web/sw', 'protocol', 'wire', 'api'])(
  '%s: a harmless line compiles',
  async (folder) => {
    expect(await compileIn(`${folder}/tsconfig.json`, '1')).toEqual({ ok: true, output: '' })
  },
)
