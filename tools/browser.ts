/** The Chromium that tests drive: found, or installed where that can be done. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { aptInstall, findProgram, isRoot, Missing } from './system.ts'

const SYSTEM_NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']

/** What a Chromium needs on a machine like this: it refuses its sandbox to root. */
export const chromiumArgs: readonly string[] = [
  ...(isRoot ? ['--no-sandbox'] : []),
  '--disable-background-networking',
  '--disable-dev-shm-usage',
]

/** @returns the path of a Chromium that is here now, or null: CHROMIUM, then Playwright's own, then the system's. */
export function findBrowser(env: NodeJS.ProcessEnv = process.env): string | null {
  const named = env['CHROMIUM']
  if (named !== undefined && named !== '') return named
  const own = chromium.executablePath()
  if (existsSync(own)) return own
  return SYSTEM_NAMES.map((name) => findProgram(name)).find((path) => path !== null) ?? null
}

/**
 * Finds a Chromium, or installs one: Playwright's own first, then the system's by apt.
 *
 * @throws Missing when none of it worked.
 */
export function findOrInstallBrowser(): string {
  const found = findBrowser()
  if (found !== null) return found
  playwrightInstall()
  if (findBrowser() === null) aptInstall(['chromium'])
  const installed = findBrowser()
  if (installed !== null) return installed
  throw new Missing('no Chromium here, and none could be installed: set CHROMIUM to the path of one')
}

/** Chromium as Playwright packs it; its system libraries need root. */
function playwrightInstall(): void {
  const cli = join(import.meta.dirname, '../node_modules/playwright/cli.js')
  const args = ['install', ...(isRoot ? ['--with-deps'] : []), 'chromium']
  spawnSync(process.execPath, [cli, ...args], { stdio: ['ignore', process.stderr.fd, process.stderr.fd] })
}
