/** How the screens behave under a hand and a keyboard, over fixed snapshots and the product's policy. */
import { readFile } from 'node:fs/promises'
import { expect, test, type Page } from '@playwright/test'
import { openGallery, type Gallery } from './gallery.server.ts'
import { NOW_MS, SPOKEN } from './people.ts'
import type { SceneName } from './scenes.ts'

let gallery: Gallery
test.beforeAll(async () => {
  gallery = await openGallery()
})
test.afterAll(() => gallery.close())

async function open(page: Page, scene: SceneName, width = 1280): Promise<void> {
  await page.clock.setFixedTime(NOW_MS)
  await page.setViewportSize({ width, height: 800 })
  await page.goto(`${gallery.origin}/?scene=${scene}&language=ru&theme=light`)
  await expect(page.getByRole('heading').first()).toBeVisible()
}

/** What the interface asked of the engine: name and arguments, oldest first. */
const asked = (page: Page) => page.evaluate(() => (globalThis as unknown as { asked: unknown[][] }).asked)

test('a long conversation opens at its end and keeps few messages in the page', async ({ page }) => {
  await open(page, 'long')
  await expect(page.getByText('Сообщение номер 5000', { exact: true })).toBeInViewport()
  expect(await page.getByRole('article').count()).toBeLessThan(60)
})

test('a conversation opens at its unread line, and counts as read only once its end was shown', async ({
  page,
}) => {
  await open(page, 'longUnread')
  await expect(page.getByText(/^Новые с/)).toBeInViewport()
  await page.getByRole('article').first().focus()
  expect(await asked(page)).toEqual([])
  await page.keyboard.press('End')
  await expect.poll(() => asked(page)).toContainEqual(['markRead', 'anna', 'n4998'])
})

test('a conversation that fits is read as soon as it is shown', async ({ page }) => {
  await open(page, 'request')
  await expect.poll(() => asked(page)).toContainEqual(['markRead', 'anna', 'm1'])
})

test('arrows walk the messages, and the focused one comes on screen', async ({ page }) => {
  await open(page, 'long')
  await page.getByRole('article').last().focus()
  for (let step = 0; step < 40; step++) await page.keyboard.press('ArrowUp')
  await expect(page.locator('article:focus')).toContainText('Сообщение номер 4960')
  await expect(page.locator('article:focus')).toBeInViewport()
  await page.keyboard.press('Home')
  await expect(page.locator('article:focus')).toContainText('Сообщение номер 1')
})

test('leaving the end shows the way back to it', async ({ page }) => {
  await open(page, 'long')
  await page.getByRole('article').last().focus()
  await page.keyboard.press('Home')
  await page.getByRole('button', { name: 'К последним сообщениям' }).click()
  await expect(page.getByText('Сообщение номер 5000', { exact: true })).toBeInViewport()
})

test('Enter sends, Shift+Enter breaks the line, and the composer empties', async ({ page }) => {
  await open(page, 'conversation')
  const composer = page.getByRole('textbox', { name: 'Сообщение' })
  await expect(composer).toBeFocused()
  await page.keyboard.type('Здравствуйте')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('до субботы')
  await page.keyboard.press('Enter')
  await expect(composer).toHaveValue('')
  expect(await asked(page)).toContainEqual(['sendText', 'anna', 'Здравствуйте\nдо субботы'])
})

test('the composer grows to six lines and no further', async ({ page }) => {
  await open(page, 'conversation')
  const composer = page.getByRole('textbox', { name: 'Сообщение' })
  const heights: number[] = []
  for (const lines of [1, 3, 6, 12]) {
    await composer.fill(Array.from({ length: lines }, () => 'строка').join('\n'))
    heights.push((await composer.boundingBox())?.height ?? 0)
  }
  const [one = 0, three = 0, six = 0, twelve = 0] = heights
  expect(one).toBeLessThan(three)
  expect(three).toBeLessThan(six)
  expect(twelve).toBe(six)
})

test('a request shows how much of it is used and refuses more', async ({ page }) => {
  await open(page, 'firstRun', 360)
  await page.getByRole('textbox').fill('я'.repeat(55))
  await expect(page.getByText('55 / 300')).toBeVisible()
  await page.getByRole('textbox').fill('я'.repeat(301))
  await expect(page.getByRole('button', { name: 'Отправить' })).toBeDisabled()
})

test('a mark opens in words, and Escape gives the focus back', async ({ page }) => {
  await open(page, 'conversation')
  const mark = page.getByRole('button', { name: /на 2 устройствах Анны/ })
  await mark.click()
  await expect(page.getByRole('dialog')).toContainText('Доставлено на 2 устройства из 2')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page).toHaveURL(/conversation\/anna$/)
})

test('search finds as one types, and arrows walk the list', async ({ page }) => {
  await open(page, 'list')
  await page.keyboard.press('Control+k')
  await page.keyboard.type('чердак')
  await expect(page.getByRole('link', { name: /Соседи/ })).toBeVisible()
  await expect(page.getByRole('link', { name: /Лев/ })).toHaveCount(0)
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: /Анна/ }).focus()
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('link', { name: /Мастерская/ })).toBeFocused()
})

test('Escape goes back one step at a time', async ({ page }) => {
  await open(page, 'details')
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL(/conversation\/anna$/)
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL(/\/$/)
})

test('a picture with a code opens its link, read by the worker that the policy allows', async ({ page }) => {
  await open(page, 'myLink', 360)
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Сохранить' }).click()
  const picture = await (await download).path()
  await page.goto(`${gallery.origin}/?scene=scan&language=ru&theme=light`)
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'link.png', mimeType: 'image/png', buffer: await readFile(picture) })
  await expect
    .poll(() => asked(page))
    .toContainEqual(['openLink', expect.stringContaining('https://plasma.ceramics.example/c#')])
})

test('the words to compare come in the language of the page', async ({ page }) => {
  await open(page, 'details')
  await expect(page.getByRole('listitem').filter({ hasText: /^1[а-яё]+$/u })).toBeVisible()
  await page.getByRole('button', { name: 'Показать 60 цифр' }).click()
  await expect(page.getByText('4821093755')).toBeVisible()
  await expect(page.getByRole('heading', { name: SPOKEN.ru.anna }).first()).toBeVisible()
})
