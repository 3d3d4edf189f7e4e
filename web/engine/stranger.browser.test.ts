import { afterEach, expect, test } from 'vitest'
import { openDB } from 'idb'
import { makeContact, makeEntries, makeProfile, makeText } from '../../protocol/index.ts'
import { createMemoryApi, type MemoryApi } from './testing/memoryApi.ts'
import { linkOf, signedIn, textsOf, untilTexts, type TestPerson } from './testing/people.ts'
import {
  addedTo,
  post,
  rawDevice,
  reach,
  sealed,
  sessionWith,
  withoutDevice,
  type Content,
} from './testing/raw.ts'

const people: TestPerson[] = []

afterEach(async () => {
  await Promise.all(people.splice(0).map(({ running }) => running.close()))
})

const text = (words: string): Content => ({
  type: 'text',
  body: makeText({ conversationId: null, text: words }),
})

/** Bob with an engine, and a way to him. */
async function bobAnd() {
  const api: MemoryApi = createMemoryApi(location.origin)
  const bob = await signedIn(api, 'Bob')
  people.push(bob)
  const [account] = api.accounts.values()
  while (!account?.device.lastResort) await new Promise((resolve) => setTimeout(resolve, 20))
  const reached = await reach(api, await linkOf(bob), account.device.deviceId)
  return { api, bob, reached }
}

/** Alice, whom Bob has accepted, by hand. */
async function aliceAtBob() {
  const { bob, reached } = await bobAnd()
  const alice = await rawDevice()
  let session = await sessionWith(alice, reached)
  const say = async (content: Content) => {
    const made = await sealed(alice, reached, session, content)
    session = made.session
    await post(reached, made.envelope)
  }
  await say(text('hello'))
  const [asked] = await bob.until('requests', (rows) => rows.length === 1)
  const atBob = asked?.conversationId ?? ''
  await bob.engine.acceptRequest(atBob)
  return { bob, reached, alice, say, atBob }
}

test('a device that was removed is heard, but changes nothing', async () => {
  const { bob, alice, say, atBob } = await aliceAtBob()
  const phone = await addedTo(alice)
  const entries = await withoutDevice(phone, alice)
  await say({ type: 'profile', body: makeProfile({ name: 'Alice', avatar: null }) })
  await say({ type: 'sigchain-entries', body: makeEntries({ entries }) })
  await say(text('sent before'))
  await say({ type: 'profile', body: makeProfile({ name: 'Mallory', avatar: null }) })
  const capability = crypto.getRandomValues(new Uint8Array(32))
  await say({ type: 'contact', body: makeContact({ account: null, capability, accepted: true }) })
  await say({ ...text('another past'), heads: { own: { seq: 0, hash: new Uint8Array(32) } } })
  await untilTexts(bob, atBob, 3)
  const after = await bob.running.read(`conversation:${atBob}`)
  expect(after).toMatchObject({ name: 'Alice', chainState: 'ok', canWrite: false, deviceCount: 1 })
})

test('a stranger cannot make a device keep keys of messages that he never sent', async () => {
  const { bob, reached } = await bobAnd()
  const mallory = await rawDevice()
  let session = await sessionWith(mallory, reached)
  for (let n = 0; n < 200; n += 1) session = (await sealed(mallory, reached, session, text('x'))).session
  await post(reached, (await sealed(mallory, reached, session, text('far ahead'))).envelope)
  const other = await rawDevice()
  await post(
    reached,
    (await sealed(other, reached, await sessionWith(other, reached), text('hello'))).envelope,
  )
  const requests = await bob.until('requests', (rows) => rows.length > 0)
  expect(requests.map(({ preview }) => preview.text)).toEqual(['hello'])
  const db = await openDB(bob.database)
  expect(await db.count('skipped')).toBe(0)
  db.close()
})

test('a new device whose first envelope does not open is known all the same, and asked', async () => {
  const { bob, reached, alice, atBob } = await aliceAtBob()
  const phone = await addedTo(alice)
  const db = await openDB(bob.database)
  await db.clear('prekeys')
  db.close()
  await post(
    reached,
    (await sealed(phone, reached, await sessionWith(phone, reached), text('lost'))).envelope,
  )
  const after = await bob.until(
    `conversation:${atBob}`,
    (conversation) => conversation?.messages.at(-1)?.kind === 'on_its_way' && conversation.deviceCount === 2,
  )
  expect(textsOf(after)).toEqual(['hello'])
})
