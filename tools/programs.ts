/** The programs of this repository: one tsconfig each, so that each sees only what it may use. */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** @returns every tsconfig of a program, by its path from the root. */
export function programs(): string[] {
  const folders = ['protocol', 'wire', 'web', 'api', 'e2e', 'examples', 'assurance', 'tools']
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /(^|\/)tsconfig[^/]*\.json$/.test(file) && !file.includes('node_modules'))
      .map((file) => join(folder, file)),
  )
}

export interface Compiled {
  readonly ok: boolean
  readonly output: string
}

/** Type-checks one program. `tsc -b` is not used: it has replayed stale errors. */
export function compile(tsconfig: string): Promise<Compiled> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [tsc, '--noEmit', '-p', tsconfig], {
      cwd: root,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)))
    child.on('close', (code) => resolve({ ok: code === 0, output }))
  })
}
