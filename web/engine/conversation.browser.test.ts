import { afterEach, expect, test } from 'vitest'
import { createMemoryApi, type MemoryApi } from './testing/memoryApi.ts'
import {
  appOf,
  contacts,
  linkOf,
  request,
  signedIn,
  textsOf,
  untilTexts,
  type TestPerson,
} from './testing/people.ts'

const people: TestPerson[] = []
const remember = <T extends TestPerson[]>(...opened: T): T => {
  people.push(...opened)
  return opened
}
const newApi = (): MemoryApi => createMemoryApi(location.origin)

afterEach(async () => {
  await Promise.all(people.splice(0).map(({ running }) => running.close()))
})

test('a first message by link is a request, and a conversation once it is accepted', async () => {
  const api = newApi()
  const [alice, bob] = remember(await signedIn(api, 'Alice'), await signedIn(api, 'Bob'))
  const atAlice = await request(alice, await linkOf(bob), 'hello')
  const [asked] = await bob.until('requests', (rows) => rows.length === 1 && rows[0]?.name === 'Alice')
  expect(asked).toMatchObject({ kind: 'request_in', name: 'Alice', preview: { text: 'hello' } })
  const before = await alice.running.read(`conversation:${atAlice}`)
  expect(before).toMatchObject({
    kind: 'request_out',
    name: 'Bob',
    proof: 'link',
    requestCharactersLeft: 295,
  })

  const atBob = asked?.conversationId ?? ''
  await bob.engine.acceptRequest(atBob)
  const accepted = await alice.until(
    `conversation:${atAlice}`,
    (conversation) => conversation?.kind === 'contact' && conversation.messages[0]?.mark === 'delivered',
  )
  expect(accepted?.messages[0]?.devices).toEqual({ delivered: 1, of: 1 })

  await bob.engine.sendText(atBob, 'hello yourself')
  expect(await untilTexts(alice, atAlice, 2)).toEqual(['hello', 'hello yourself'])
  await alice.engine.sendText(atAlice, 'how are you')
  expect(await untilTexts(bob, atBob, 3)).toEqual(['hello', 'hello yourself', 'how are you'])
})

test('texts written faster than a disk takes them keep their order on both sides', async () => {
  const { alice, bob, atAlice, atBob } = await contacts(newApi())
  remember(alice, bob)
  const texts = Array.from({ length: 30 }, (_none, i) => `text ${i}`)
  const sent = await Promise.all(texts.map((text) => alice.engine.sendText(atAlice, text)))
  expect(sent.every(({ ok }) => ok)).toBe(true)
  expect(await untilTexts(alice, atAlice, 31)).toEqual(['hello', ...texts])
  expect(await untilTexts(bob, atBob, 31)).toEqual(['hello', ...texts])
})

test('both sides compute the same safety number', async () => {
  const { alice, bob, atAlice, atBob } = await contacts(newApi())
  remember(alice, bob)
  const [ours, theirs] = await Promise.all([
    alice.running.read(`conversation:${atAlice}`),
    bob.running.read(`conversation:${atBob}`),
  ])
  expect(ours?.safety).toEqual(theirs?.safety)
})

test('a one-time link opens a conversation', async () => {
  const api = newApi()
  const [alice, bob] = remember(await signedIn(api, 'Alice'), await signedIn(api, 'Bob'))
  await request(alice, await linkOf(bob, 'one_time'), 'hello')
  await bob.until('requests', (rows) => rows.length === 1)
})

test('reading is told to the sender', async () => {
  const { alice, bob, atAlice, atBob } = await contacts(newApi())
  remember(alice, bob)
  await alice.engine.sendText(atAlice, 'read me')
  const seen = await bob.until(`conversation:${atBob}`, (conversation) =>
    textsOf(conversation).includes('read me'),
  )
  await bob.engine.markRead(atBob, seen?.messages.at(-1)?.messageId ?? '')
  await alice.until(
    `conversation:${atAlice}`,
    (conversation) => conversation?.messages.at(-1)?.mark === 'read',
  )
  expect((await appOf(bob)).unreadCount).toBe(0)
})

test('an envelope that comes three times and out of order shows once', async () => {
  const api = newApi()
  const { alice, bob, atAlice, atBob } = await contacts(api)
  remember(alice, bob)
  api.mischief.deliver = (envelopes) => [...envelopes, ...envelopes, ...envelopes]
  await alice.engine.sendText(atAlice, 'once')
  await alice.engine.sendText(atAlice, 'twice')
  expect(await untilTexts(bob, atBob, 3)).toEqual(['hello', 'once', 'twice'])
  api.mischief.deliver = () => []
  for (const text of ['one', 'two', 'three']) await alice.engine.sendText(atAlice, text)
  await alice.until('app', ({ outboxCount }) => outboxCount === 0)
  api.mischief.deliver = (envelopes) => [...envelopes].reverse()
  api.closeStreams()
  const texts = await untilTexts(bob, atBob, 6)
  expect([...texts].sort()).toEqual(['hello', 'once', 'one', 'three', 'twice', 'two'].sort())
})

test('two people who open each other’s links end in one conversation', async () => {
  const api = newApi()
  const [alice, bob] = remember(await signedIn(api, 'Alice'), await signedIn(api, 'Bob'))
  const [aliceLink, bobLink] = [await linkOf(alice), await linkOf(bob)]
  await Promise.all([alice.engine.openLink(bobLink), bob.engine.openLink(aliceLink)])
  const [first, second] = await Promise.all([
    alice.engine.startConversation('from alice'),
    bob.engine.startConversation('from bob'),
  ])
  if (!first.ok || !second.ok) throw new Error('not started')
  await alice.until(
    `conversation:${first.conversationId}`,
    (conversation) => conversation?.kind === 'contact',
  )
  await bob.until(`conversation:${second.conversationId}`, (conversation) => conversation?.kind === 'contact')
  await alice.engine.sendText(first.conversationId, 'again')
  expect([...(await untilTexts(bob, second.conversationId, 3))].sort()).toEqual([
    'again',
    'from alice',
    'from bob',
  ])
  await bob.engine.sendText(second.conversationId, 'and again')
  expect(await untilTexts(alice, first.conversationId, 4)).toContain('and again')
})

test('a request that arrives while one writes to the same person makes both contacts', async () => {
  const api = newApi()
  const [alice, bob] = remember(await signedIn(api, 'Alice'), await signedIn(api, 'Bob'))
  const [aliceLink, bobLink] = [await linkOf(alice), await linkOf(bob)]
  await alice.engine.openLink(bobLink)
  const atBob = await request(bob, aliceLink, 'from bob')
  await alice.until('requests', (rows) => rows.length === 1)
  const started = await alice.engine.startConversation('from alice')
  if (!started.ok) throw new Error(started.failure)
  await bob.until(`conversation:${atBob}`, (conversation) => conversation?.kind === 'contact')
  expect([...(await untilTexts(bob, atBob, 2))].sort()).toEqual(['from alice', 'from bob'])
  await bob.engine.sendText(atBob, 'both')
  expect(await untilTexts(alice, started.conversationId, 3)).toContain('both')
})

test('who is blocked is not accepted any more, and nothing of his shows', async () => {
  const { alice, bob, atAlice, atBob } = await contacts(newApi())
  remember(alice, bob)
  await bob.engine.block(atBob)
  await bob.until('conversations', (rows) => rows[0]?.kind === 'blocked')
  await alice.engine.sendText(atAlice, 'are you there')
  const after = await alice.until(
    `conversation:${atAlice}`,
    (conversation) => conversation?.messages.at(-1)?.mark === 'failed',
  )
  expect(after?.messages.at(-1)?.failure).toBe('not_accepted')
  expect(textsOf(await bob.running.read(`conversation:${atBob}`))).toEqual(['hello'])
})
