/** My link: the code, the link itself, and putting it on the profile. */
import { expect, type Page } from '@playwright/test'

export function myLinkPage(page: Page) {
  const code = () => page.getByRole('img', { name: /^QR code of the link/ })

  const makeFirst = async () => {
    await page.getByRole('button', { name: 'Make a link' }).click()
    await expect(code()).toBeVisible()
  }

  /** @returns the whole link, as its owner would paste it. */
  const copy = async (): Promise<string> => {
    await page.getByRole('button', { name: 'Copy' }).click()
    return page.evaluate(() => navigator.clipboard.readText())
  }

  /** Leads to the Platform's page, where one tap puts the link on the profile. */
  const addToProfile = async () => {
    await page.getByRole('button', { name: /^Add to my profile/ }).click()
    await page.getByRole('button', { name: 'Yes, show it' }).click()
  }

  return { code, makeFirst, copy, addToProfile }
}
