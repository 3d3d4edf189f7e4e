/** Opening a link: by camera, by pasting, by a picture. */
import type { Page } from '@playwright/test'

export function scanPage(page: Page) {
  const startCamera = () => page.getByRole('button', { name: 'Point the camera at a QR code' }).click()

  const paste = async (link: string) => {
    await page.getByRole('textbox', { name: 'Paste a link' }).fill(link)
    await page.getByRole('button', { name: 'Open', exact: true }).click()
  }

  const trouble = (title: string) => page.getByText(title)

  return { startCamera, paste, trouble }
}
