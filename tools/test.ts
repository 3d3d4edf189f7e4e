/** `npm test`: everything, installing what it needs where it can. `npm test browser|integration|e2e|audit` runs one part. */
import { findOrInstallBrowser } from './browser.ts'
import { buildUnlessFresh } from './build.ts'
import { check } from './check.ts'
import { add, type Count, finish } from './count.ts'
import { runAudit, runPlaywright, runVitest } from './runners.ts'

const parts = {
  check,
  /** Vectors, vault and store in a real Chromium. */
  browser: async () => {
    process.env['CHROMIUM'] = findOrInstallBrowser()
    return runVitest('browser')
  },
  /** The API on PostgreSQL and Redis, and on the embedded default. */
  integration: () => runVitest('integration'),
  /** The built product in Chromium, on both, and every screen as it looks. */
  e2e: async () => {
    process.env['CHROMIUM'] = findOrInstallBrowser()
    await buildUnlessFresh()
    const stories = 'e2e/playwright.config.ts'
    return add(
      await runPlaywright(stories, 'embedded'),
      await runPlaywright(stories, 'servers'),
      await runPlaywright('e2e/look/playwright.config.ts'),
    )
  },
  /** Headers, policy, abuse of HTTP, and who may ask for what. */
  audit: runAudit,
} satisfies Record<string, () => Promise<Count>>

/** A part that cannot run is a failure and says what was missing, in plain words. */
async function runPart(name: string, part: () => Promise<Count>): Promise<Count> {
  console.log(`\n== ${name}`)
  const startedMs = Date.now()
  const count = await part().catch((error: unknown) => {
    console.error(`${name} could not run: ${error instanceof Error ? error.message : String(error)}`)
    return { passed: 0, failed: 1 }
  })
  console.log(
    `== ${name}: ${count.passed} passed, ${count.failed} failed, ${Math.round((Date.now() - startedMs) / 1000)} s`,
  )
  return count
}

const wanted = process.argv.slice(2)
const chosen = Object.entries(parts).filter(([name]) => wanted.length === 0 || wanted.includes(name))
if (chosen.length === 0) throw new Error(`no such part; there are ${Object.keys(parts).join(', ')}`)
const counts: Count[] = []
for (const [name, part] of chosen) counts.push(await runPart(name, part))
finish(add(...counts))
