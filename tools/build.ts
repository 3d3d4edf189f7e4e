/** Builds what is shipped: the web app into dist/web, the API into dist/api/main.js. Types are `npm run check`'s business. */
import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import './bundlerThreads.ts'
import { build } from 'vite'
import { run } from './runners.ts'

const root = join(import.meta.dirname, '..')
const stampFile = join(root, 'dist/built-from')

/** A build takes seconds; one that says nothing for this long is stuck in the bundler. */
const SILENCE_MS = 90_000

/** What a build depends on. Tests are not part of it. */
const INPUTS = [
  'protocol',
  'wire',
  'web',
  'api',
  'public',
  'index.html',
  'vite.config.ts',
  'package-lock.json',
]

/** Builds unless dist/ already comes from these sources. @returns whether it built. */
export async function buildUnlessFresh(): Promise<boolean> {
  const sources = await hashOfInputs()
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === sources) return false
  const built = await run(process.execPath, ['--import', 'tsx', import.meta.filename, 'now'], {
    silenceMs: SILENCE_MS,
  })
  if (!built.ok) throw new Error('the build failed')
  return true
}

async function buildNow(): Promise<void> {
  const sources = await hashOfInputs()
  await rm(stampFile, { force: true })
  await buildWeb()
  await buildApi()
  await writeFile(stampFile, sources)
}

async function buildWeb(): Promise<void> {
  await build({
    root,
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: join(root, 'dist/web'), emptyOutDir: true },
  })
}

/** npm packages stay outside: they are installed where the API runs. */
async function buildApi(): Promise<void> {
  const outDir = join(root, 'dist/api')
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    ssr: { external: true },
    build: {
      ssr: join(root, 'api/main.ts'),
      outDir,
      emptyOutDir: true,
      target: 'node20',
      minify: false,
      sourcemap: true,
      rolldownOptions: { output: { entryFileNames: 'main.js' } },
    },
  })
  await mkdir(outDir, { recursive: true })
  await cp(join(root, 'api/db/migrations'), join(outDir, 'migrations'), { recursive: true })
}

async function hashOfInputs(): Promise<string> {
  const hash = createHash('sha256')
  for (const input of INPUTS) {
    for (const file of await filesOf(input)) hash.update(`${file}\0`).update(await readFile(join(root, file)))
  }
  return hash.digest('hex')
}

async function filesOf(input: string): Promise<string[]> {
  const path = join(root, input)
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => null)
  if (entries === null) return [input]
  return entries
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv[2] === 'now') await buildNow()
  else console.log((await buildUnlessFresh()) ? 'built: dist/web, dist/api' : 'dist is up to date')
}
