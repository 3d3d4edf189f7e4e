/** Settings: so far the name that accepted people see. */
import type { Page } from '@playwright/test'

export function settingsPage(page: Page) {
  const setName = async (name: string) => {
    await page.getByRole('textbox', { name: 'Name' }).fill(name)
    await page.getByRole('textbox', { name: 'Name' }).blur()
    await page.getByRole('link', { name: 'Back' }).click()
  }

  return { setName }
}
