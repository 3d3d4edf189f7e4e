/** The list of conversations, with Requests on top and the dock below. */
import type { Page } from '@playwright/test'

export function listPage(page: Page) {
  const heading = () => page.getByRole('heading', { name: 'Messages' })
  const empty = () => page.getByText('A link is how people meet here')
  const requests = () => page.getByRole('link', { name: /\d+ requests?/ })
  const row = (name: string | RegExp) => page.getByRole('link', { name })
  const open = (name: string | RegExp) => row(name).click()

  /** Opens the Request that says this. */
  const openRequest = async (text: string) => {
    await requests().click()
    await page.getByRole('article').filter({ hasText: text }).getByRole('link').click()
  }
  const openMyLink = () => page.getByRole('link', { name: 'My link' }).first().click()
  const openScan = () =>
    page
      .getByRole('link', { name: /^(Open a link|Scan or paste)$/ })
      .first()
      .click()
  const openSettings = () => page.getByRole('link', { name: 'Settings' }).click()

  return { heading, empty, requests, row, open, openRequest, openMyLink, openScan, openSettings }
}
