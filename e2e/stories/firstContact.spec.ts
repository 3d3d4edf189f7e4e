import { meet, showLinkOnProfile, signUp, writeByLink } from '../flows.ts'
import { conversationPage } from '../pages/conversationPage.ts'
import { firstRunPage } from '../pages/firstRunPage.ts'
import { listPage } from '../pages/listPage.ts'
import { scanPage } from '../pages/scanPage.ts'
import { expect, test } from '../people.ts'

test('bob writes by the link on alice’s profile, she accepts, and they talk', async ({ alice, bob }) => {
  await meet(alice, bob)
  await conversationPage(alice.page).send('It is. Come on Saturday')
  await expect(conversationPage(bob.page).message('It is. Come on Saturday')).toBeVisible()
  await conversationPage(bob.page).send('See you then')
  await expect(conversationPage(alice.page).message('See you then')).toBeVisible()
  await expect(conversationPage(bob.page).mark(/on .*1 device|read/)).toBeVisible()
})

test('bob scans the code on alice’s screen with his camera', async ({ alice, bob }) => {
  await signUp(alice)
  const link = await showLinkOnProfile(alice)
  await signUp(bob)
  await bob.pointCameraAt(link)
  await listPage(bob.page).openScan()
  await scanPage(bob.page).startCamera()
  await firstRunPage(bob.page).say('Hello from the market')
  await expect(listPage(alice.page).requests()).toBeVisible()
})

test('the link never reaches a server: its fragment is in no request and no log', async ({
  alice,
  bob,
  stack,
}) => {
  test.skip(!stack.isOurs, 'needs the logs of the processes')
  await signUp(alice)
  const link = await showLinkOnProfile(alice)
  const secret = new URL(link).hash.slice(1)
  const requests: string[] = []
  bob.context.on('request', (request) => {
    const isToMessenger = request.url().startsWith(stack.messengerUrl)
    if (isToMessenger)
      requests.push(request.url(), JSON.stringify(request.headers()), request.postData() ?? '')
  })
  await writeByLink(bob, alice, 'Hello')
  await expect(listPage(alice.page).requests()).toBeVisible()
  expect(requests.length).toBeGreaterThan(0)
  expect(requests.join('\n').replaceAll(link, '')).not.toContain(secret)
  expect(await stack.log('messenger')).not.toContain(secret)
  expect(bob.page.url()).not.toContain(secret)
})
