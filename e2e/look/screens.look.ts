/** Takes every screen in every width, theme and language under the product's policy; axe looks at each. Pictures go to LOOK_DIR. */
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test, type Page } from '@playwright/test'
import { openGallery, type Gallery } from './gallery.server.ts'
import { NOW_MS } from './people.ts'
import { SCENES, type SceneName } from './scenes.ts'

const FOLDER = process.env['LOOK_DIR'] ?? join(tmpdir(), 'plasma-look')
const ONLY = process.env['LOOK_SCENES']?.split(',')
const scenes = SCENES.filter((scene) => ONLY === undefined || ONLY.includes(scene))

let gallery: Gallery
test.beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true })
  gallery = await openGallery()
})
test.afterAll(() => gallery.close())

for (const name of scenes) {
  for (const language of ['ru', 'en'] as const) {
    for (const theme of ['light', 'dark'] as const) {
      test(`${name} ${language} ${theme} has no serious barrier and keeps to the policy`, async ({
        page,
      }) => {
        const complaints = watchPolicy(page)
        await open(page, name, language, theme)
        await look(page, name, `360-${theme}-${language}`, { width: 360, height: 740 })
        await expectNoBarrier(page)
        await look(page, name, `768-${theme}-${language}`, { width: 768, height: 900 })
        await look(page, name, `1280-${theme}-${language}`, { width: 1280, height: 800 })
        await expectNoBarrier(page)
        expect(complaints).toEqual([])
      })
    }
  }

  test(`${name} in high contrast has no serious barrier`, async ({ page }) => {
    await open(page, name, 'ru', 'contrast')
    await look(page, name, '360-contrast-ru', { width: 360, height: 740 })
    await expectNoBarrier(page)
  })

  test(`${name} fits 320 px, and text twice as large`, async ({ page }) => {
    await open(page, name, 'ru', 'light')
    await look(page, name, '320-light-ru', { width: 320, height: 640 })
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '200%'
    })
    await look(page, name, '360-twice-ru', { width: 360, height: 740 })
  })
}

async function open(page: Page, name: SceneName, language: 'ru' | 'en', theme: string): Promise<void> {
  await page.clock.setFixedTime(NOW_MS)
  await page.setViewportSize({ width: 360, height: 740 })
  await page.goto(`${gallery.origin}/?scene=${name}&language=${language}&theme=${theme}`)
  await expect(page.getByRole('heading').first()).toBeVisible()
  await page.evaluate(() => document.fonts.ready)
}

async function look(
  page: Page,
  name: string,
  how: string,
  size: { width: number; height: number },
): Promise<void> {
  await page.setViewportSize(size)
  await page.screenshot({ path: join(FOLDER, `${name}-${how}.png`) })
  const scrolls = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
  expect(scrolls, `${how} scrolls sideways`).toBe(false)
}

async function expectNoBarrier(page: Page): Promise<void> {
  // Two copies of Playwright's types are installed; the page is the same.
  const { violations } = await new AxeBuilder({ page: page as never }).analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const said = serious.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  )
  expect(said).toEqual([])
}

/** What the browser refuses by the page's policy, as it says so on the console. */
function watchPolicy(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedScript|TrustedHTML/.test(message.text()))
      complaints.push(message.text())
  })
  return complaints
}
