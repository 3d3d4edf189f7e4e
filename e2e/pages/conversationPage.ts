/** One conversation: its log, its honest marks, its composer. */
import type { Page } from '@playwright/test'

export function conversationPage(page: Page) {
  const composer = () => page.getByRole('textbox', { name: /^(Message|First message)$/ })
  const log = () => page.getByRole('log')
  const message = (text: string) => log().getByText(text, { exact: true })
  const accept = () => page.getByRole('button', { name: 'Accept' }).click()
  const block = () => page.getByRole('button', { name: 'Block' }).click()
  /** “14:36 · with the server, encrypted” and the like, beside the newest own message of each state. */
  const mark = (state: string | RegExp) => log().getByText(state)

  const send = async (text: string) => {
    await composer().fill(text)
    await page.getByRole('button', { name: 'Send' }).click()
  }

  return { composer, log, message, accept, block, mark, send }
}
