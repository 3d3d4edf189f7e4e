/** Runs a module of benches in Debian's or the person's Chromium, on a page of its own. */
import { createServer } from 'node:http'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright'
import '../../tools/bundlerThreads.ts'
import { build } from 'vite'
import { findOrInstallBrowser } from '../../tools/browser.ts'

/** The module must export `run(): Promise<object>`; the answer crosses as JSON. */
export async function runInChromium(modulePath: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'plasma-bench-'))
  try {
    await bundle(modulePath, folder)
    return await open(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function bundle(modulePath: string, outDir: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['browser'] },
    build: {
      outDir,
      target: 'es2023',
      minify: true,
      lib: { entry: modulePath, formats: ['es'], fileName: () => 'bench.js' },
    },
  })
}

async function open(folder: string): Promise<unknown> {
  const script = await readFile(join(folder, 'bench.js'))
  const server = createServer((request, response) => {
    const isScript = request.url === '/bench.js'
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
    response.end(isScript ? script : '<!doctype html><title>bench</title>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const browser = await chromium.launch({
    executablePath: findOrInstallBrowser(),
    args: ['--disable-background-networking', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${port}/`)
    const answer = await page.evaluate(
      `import('/bench.js').then((bench) => bench.run()).then(JSON.stringify)`,
    )
    return JSON.parse(String(answer))
  } finally {
    await browser.close()
    server.close()
  }
}
