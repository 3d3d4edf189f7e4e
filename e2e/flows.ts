/** What people do over and over in stories, one line each. */
import { conversationPage } from './pages/conversationPage.ts'
import { firstRunPage } from './pages/firstRunPage.ts'
import { listPage } from './pages/listPage.ts'
import { myLinkPage } from './pages/myLinkPage.ts'
import { settingsPage } from './pages/settingsPage.ts'
import { expect, type Person } from './people.ts'

/** From the person's profile to an empty list of conversations, with a name that Contacts will see. */
export async function signUp(person: Person): Promise<void> {
  await person.openPlasma()
  await firstRunPage(person.page).signIn()
  const list = listPage(person.page)
  await expect(list.empty()).toBeVisible()
  await list.openSettings()
  await settingsPage(person.page).setName(person.name)
  await expect(list.empty()).toBeVisible()
}

/** Makes the person's first link and puts it on the profile at the Platform. @returns the link. */
export async function showLinkOnProfile(person: Person): Promise<string> {
  await listPage(person.page).openMyLink()
  const myLink = myLinkPage(person.page)
  await myLink.makeFirst()
  const link = await myLink.copy()
  await myLink.addToProfile()
  await expect(person.page.getByRole('img', { name: /^Contact code of/ })).toBeVisible()
  await person.page.goto(person.stack.messengerUrl)
  return link
}

/** From the profile of `owner`, through the first run, to the first message. */
export async function writeByLink(person: Person, owner: Person, text: string): Promise<void> {
  await person.page.goto(owner.profileUrl())
  await person.page.getByRole('link', { name: `Message ${owner.name}` }).click()
  const firstRun = firstRunPage(person.page)
  await firstRun.continueOnPlatform()
  await firstRun.say(text)
  await expect(conversationPage(person.page).message(text)).toBeVisible()
}

/** Opens the only Request and accepts it. */
export async function acceptRequest(person: Person, text: string): Promise<void> {
  await listPage(person.page).openRequest(text)
  const conversation = conversationPage(person.page)
  await expect(conversation.message(text)).toBeVisible()
  await conversation.accept()
  await expect(conversation.composer()).toBeVisible()
}

/** alice and bob as Contacts, each with the conversation open. */
export async function meet(alice: Person, bob: Person): Promise<void> {
  await signUp(alice)
  await showLinkOnProfile(alice)
  await writeByLink(bob, alice, 'Is the vase still there?')
  await acceptRequest(alice, 'Is the vase still there?')
}
