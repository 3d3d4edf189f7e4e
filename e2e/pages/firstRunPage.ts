/** What a person sees before there is anything here: the first run, in the context of a link or without one. */
import { expect, type Page } from '@playwright/test'

export function firstRunPage(page: Page) {
  /** Without a link: “Sign in with Ceramics”. */
  const signIn = () => page.getByRole('button', { name: /^Sign in with/ }).click()

  /** In the context of a link: “Continue on Ceramics”. */
  const continueOnPlatform = () => page.getByRole('button', { name: /^Continue/ }).click()

  const linkIsProven = () => page.getByText('the link itself proves it')
  const firstMessage = () => page.getByRole('textbox', { name: 'First message' })

  /** Waits as a person does: until it is sure whose link this is. */
  const say = async (text: string) => {
    await expect(linkIsProven()).toBeVisible()
    await firstMessage().fill(text)
    await page.getByRole('button', { name: 'Send' }).click()
  }

  const trouble = (title: string) => page.getByText(title)

  return { signIn, continueOnPlatform, linkIsProven, firstMessage, say, trouble }
}
