import { meet } from '../flows.ts'
import { conversationPage } from '../pages/conversationPage.ts'
import { listPage } from '../pages/listPage.ts'
import { expect, test } from '../people.ts'

test('alice is away, and gets what bob wrote when she comes back', async ({ alice, bob }) => {
  await meet(alice, bob)
  await alice.close()
  const toAlice = conversationPage(bob.page)
  await toAlice.send('The kiln is on')
  await expect(toAlice.mark('with the server, encrypted')).toBeVisible()
  await alice.reopen()
  await listPage(alice.page).open(/The kiln is on/)
  await expect(conversationPage(alice.page).message('The kiln is on')).toBeVisible()
  await expect(toAlice.mark(/on .*1 device|read/)).toBeVisible()
})

test('bob writes while the server is dead, and alice gets it once it is back', async ({
  alice,
  bob,
  stack,
}) => {
  test.skip(!stack.isOurs, 'needs to kill the server')
  await meet(alice, bob)
  await stack.kill9('messenger')
  await conversationPage(bob.page).send('Can you hear me?')
  await expect(conversationPage(bob.page).mark('on this device')).toBeVisible()
  await stack.restart('messenger')
  await expect(conversationPage(alice.page).message('Can you hear me?')).toBeVisible({ timeout: 30_000 })
})

test('the app opens without a network and shows what it has', async ({ alice, bob }) => {
  await meet(alice, bob)
  await alice.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await alice.context.setOffline(true)
  await alice.page.reload()
  await expect(conversationPage(alice.page).message('Is the vase still there?')).toBeVisible()
})
