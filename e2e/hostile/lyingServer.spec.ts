import type { Route } from '@playwright/test'
import { showLinkOnProfile, signUp } from '../flows.ts'
import { conversationPage } from '../pages/conversationPage.ts'
import { firstRunPage } from '../pages/firstRunPage.ts'
import { expect, type Person, test } from '../people.ts'

/** Lets the API answer, then changes what it said. */
function lie(change: (answer: Chain & Bundles & Resolved) => void): (route: Route) => Promise<void> {
  return async (route) => {
    const response = await route.fetch()
    const answer = (await response.json()) as Chain & Bundles & Resolved
    change(answer)
    await route.fulfill({ response, json: answer })
  }
}

/** Another first character: still base64url, of other bytes. */
function altered(text: string): string {
  return (text.startsWith('A') ? 'B' : 'A') + text.slice(1)
}

interface Chain {
  readonly entries: { body: string; signature: string }[]
}
interface Resolved {
  descriptor: string
}
interface Bundles {
  readonly bundles: { signedPreKey: { key: string }; kem: { key: string }; oneTime: { key: string } | null }[]
}

/** bob follows the link on alice's profile up to where he would write. */
async function follow(bob: Person, alice: Person): Promise<void> {
  await bob.page.goto(alice.profileUrl())
  await bob.page.getByRole('link', { name: `Message ${alice.name}` }).click()
  await firstRunPage(bob.page).continueOnPlatform()
}

test.beforeEach(async ({ alice }) => {
  await signUp(alice)
  await showLinkOnProfile(alice)
})

test('an API that shows another Account behind the link is refused', async ({ alice, bob, chen }) => {
  await signUp(chen)
  let foreign: Chain | null = null
  await chen.context.route('**/v1/accounts/*/sigchain*', async (route) => {
    const response = await route.fetch()
    foreign = (await response.json()) as Chain
    await route.fulfill({ response })
  })
  await signUp(bob)
  const bobsLink = await showLinkOnProfile(bob)
  await chen.page.goto(bobsLink)
  await expect(firstRunPage(chen.page).linkIsProven()).toBeVisible()

  await bob.context.route(
    '**/v1/accounts/*/sigchain*',
    lie((answer) => {
      if (foreign === null) throw new Error('chen saw a chain')
      answer.entries.splice(0, answer.entries.length, ...foreign.entries)
    }),
  )
  await bob.page.goto(alice.profileUrl())
  await bob.page.getByRole('link', { name: `Message ${alice.name}` }).click()
  await expect(firstRunPage(bob.page).trouble('Someone else answers by this link')).toBeVisible()
  await expect(firstRunPage(bob.page).trouble('We sent nothing.')).toBeVisible()
})

test('an API that changes a Sigchain is refused', async ({ alice, bob }) => {
  await bob.context.route(
    '**/v1/accounts/*/sigchain*',
    lie(({ entries }) => entries.forEach((entry) => (entry.signature = altered(entry.signature)))),
  )
  await follow(bob, alice)
  await expect(firstRunPage(bob.page).trouble('Someone else answers by this link')).toBeVisible()
})

test('an API that changes what the link says of its owner is refused', async ({ alice, bob }) => {
  await bob.context.route(
    '**/v1/contact-links/resolve',
    lie((answer) => (answer.descriptor = altered(answer.descriptor))),
  )
  await follow(bob, alice)
  await expect(firstRunPage(bob.page).trouble('The link does not prove its owner')).toBeVisible()
})

test('an API that swaps prekeys gets no message', async ({ alice, bob }) => {
  let posted = 0
  await bob.context.route('**/v1/envelopes', async (route) => {
    posted++
    await route.continue()
  })
  await bob.context.route(
    '**/v1/accounts/*/bundles',
    lie(({ bundles }) =>
      bundles.forEach(({ signedPreKey }) => (signedPreKey.key = altered(signedPreKey.key))),
    ),
  )
  await follow(bob, alice)
  await firstRunPage(bob.page).say('For alice only')
  await expect(conversationPage(bob.page).log().getByText('does not add up')).toBeVisible()
  expect(posted).toBe(0)
})
