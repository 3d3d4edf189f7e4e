import { meet } from '../flows.ts'
import { conversationPage } from '../pages/conversationPage.ts'
import { expect, test } from '../people.ts'

test('a reload while a message waits for the server sends it once', async ({ alice, bob, stack }) => {
  test.skip(!stack.isOurs, 'needs to kill the server')
  await meet(alice, bob)
  await stack.kill9('messenger')
  await conversationPage(bob.page).send('Written into the void')
  await expect(conversationPage(bob.page).message('Written into the void')).toBeVisible()
  await bob.page.reload()
  await expect(conversationPage(bob.page).message('Written into the void')).toBeVisible()
  await stack.restart('messenger')
  await expect(conversationPage(alice.page).message('Written into the void')).toBeVisible({ timeout: 40_000 })
  await conversationPage(bob.page).send('And after it')
  await expect(conversationPage(alice.page).message('And after it')).toBeVisible()
  for (const person of [alice, bob]) {
    await expect(conversationPage(person.page).message('Written into the void')).toHaveCount(1)
  }
})

test('the server is killed with -9 in the middle of a conversation, and nothing is lost or doubled', async ({
  alice,
  bob,
  stack,
}) => {
  test.skip(!stack.isOurs, 'needs to kill the server')
  await meet(alice, bob)
  const texts = Array.from({ length: 12 }, (_, at) => `Cup number ${at + 1}`)
  for (const [at, text] of texts.entries()) {
    await conversationPage(bob.page).send(text)
    if (at === 5) await stack.kill9('messenger')
  }
  await stack.restart('messenger')
  for (const text of texts) {
    await expect(conversationPage(alice.page).message(text)).toHaveCount(1, { timeout: 40_000 })
  }
  const shown = await conversationPage(alice.page)
    .log()
    .getByText(/^Cup number/)
    .allInnerTexts()
  expect(shown).toEqual(texts)
})

test('two tabs of bob show and send the same conversation', async ({ alice, bob }) => {
  await meet(alice, bob)
  const second = await bob.context.newPage()
  await second.goto(bob.page.url())
  await conversationPage(bob.page).send('From the first tab')
  await expect(conversationPage(second).message('From the first tab')).toHaveCount(1)
  await conversationPage(second).send('From the second tab')
  await expect(conversationPage(bob.page).message('From the second tab')).toHaveCount(1)
  await conversationPage(alice.page).send('I see both')
  for (const page of [bob.page, second]) {
    await expect(conversationPage(page).message('I see both')).toHaveCount(1)
  }
  for (const text of ['From the first tab', 'From the second tab']) {
    await expect(conversationPage(alice.page).message(text)).toHaveCount(1)
  }
  await bob.page.close()
  await conversationPage(alice.page).send('One is enough')
  await expect(conversationPage(second).message('One is enough')).toHaveCount(1)
})
