/** Takes every screen in every width, theme and language, and lets axe look at each. Pictures go to LOOK_DIR. */
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from '@playwright/test'
import react from '@vitejs/plugin-react'
import { build, preview, type InlineConfig, type PreviewServer } from 'vite'
import { NOW_MS } from './people.ts'
import { SCENES } from './scenes.ts'

const FOLDER = process.env['LOOK_DIR'] ?? join(tmpdir(), 'plasma-look')
const ONLY = process.env['LOOK_SCENES']?.split(',')
const SIZES = [
  { width: 360, height: 740 },
  { width: 768, height: 900 },
  { width: 1280, height: 800 },
]

let server: PreviewServer
let origin: string

test.beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true })
  const root = import.meta.dirname
  const outDir = mkdtempSync(join(tmpdir(), 'plasma-look-build-'))
  const shared: InlineConfig = { root, configFile: false, logLevel: 'error', plugins: [react()] }
  await build({ ...shared, build: { outDir, emptyOutDir: true, target: 'chrome123' } })
  server = await preview({ ...shared, build: { outDir }, preview: { port: 0, host: '127.0.0.1' } })
  origin = server.resolvedUrls?.local[0]?.replace(/\/$/, '') ?? ''
})
test.afterAll(() => server.close())

for (const name of SCENES.filter((scene) => ONLY === undefined || ONLY.includes(scene))) {
  for (const language of ['ru', 'en'] as const) {
    for (const theme of ['light', 'dark'] as const) {
      test(`${name} ${language} ${theme} has no serious barrier`, async ({ page }) => {
        await page.clock.setFixedTime(NOW_MS)
        for (const size of SIZES) {
          await page.setViewportSize(size)
          await page.goto(`${origin}/?scene=${name}&language=${language}&theme=${theme}`)
          await expect(page.getByRole('heading').first()).toBeVisible()
          await page.evaluate(() => document.fonts.ready)
          await page.screenshot({ path: join(FOLDER, `${name}-${size.width}-${theme}-${language}.png`) })
          const scrolls = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
          expect(scrolls, `${size.width} px wide scrolls sideways`).toBe(false)
          // Two copies of Playwright's types are installed; the page is the same.
          const { violations } = await new AxeBuilder({ page: page as never }).analyze()
          const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
          expect(
            serious.map(
              ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
            ),
          ).toEqual([])
        }
      })
    }
  }
}
