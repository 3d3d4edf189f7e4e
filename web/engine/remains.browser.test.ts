import { afterEach, expect, test } from 'vitest'
import { openDB } from 'idb'
import { createMemoryApi, type MemoryApi } from './testing/memoryApi.ts'
import {
  contacts,
  linkOf,
  openEngine,
  request,
  signedIn,
  signIn,
  untilTexts,
  type TestPerson,
} from './testing/people.ts'

const people: TestPerson[] = []
const newApi = (): MemoryApi => createMemoryApi(location.origin)
const remember = (...opened: TestPerson[]) => void people.push(...opened)
const DAY_MS = 86_400_000

afterEach(async () => {
  await Promise.all(people.splice(0).map(({ running }) => running.close()))
})

async function clear(person: TestPerson, table: string): Promise<void> {
  const db = await openDB(person.database)
  await db.clear(table)
  db.close()
}

async function countOf(person: TestPerson, table: string): Promise<number> {
  const db = await openDB(person.database)
  const count = await db.count(table)
  db.close()
  return count
}

async function untilNone(person: TestPerson, table: string): Promise<void> {
  while ((await countOf(person, table)) > 0) await new Promise((resolve) => setTimeout(resolve, 50))
}

const later = (api: MemoryApi, person: TestPerson, days: number) =>
  openEngine(api, person.name, person.database, { nowMs: () => Date.now() + days * DAY_MS })

/** What the API holds for a person's Device. */
async function deviceOf(api: MemoryApi, person: TestPerson) {
  const { account } = await person.running.read('app')
  const device = api.accounts.get(account?.accountId ?? '')?.device
  if (!device) throw new Error('no Device')
  return device
}

test('a first message to prekeys that are gone is asked for once, and becomes a request', async () => {
  const api = newApi()
  const [alice, bob] = [await signedIn(api, 'Alice'), await signedIn(api, 'Bob')]
  remember(alice)
  const link = await linkOf(bob)
  await bob.running.close()
  await clear(bob, 'prekeys')
  const atAlice = await request(alice, link, 'hello')
  await alice.until('app', ({ outboxCount }) => outboxCount === 0)
  const again = await openEngine(api, 'Bob', bob.database)
  remember(again)
  const [asked] = await again.until('requests', (rows) => rows.length === 1)
  expect(asked).toMatchObject({ kind: 'request_in', preview: { text: 'hello' } })
  const atBob = asked?.conversationId ?? ''
  const db = await openDB(bob.database)
  expect(await db.countFromIndex('capabilities', 'conversation', atBob)).toBe(0)
  db.close()

  await again.engine.acceptRequest(atBob)
  await alice.until(`conversation:${atAlice}`, (conversation) => conversation?.kind === 'contact')
  await alice.engine.sendText(atAlice, 'how are you')
  expect(await untilTexts(again, atBob, 2)).toEqual(['hello', 'how are you'])
})

test('nothing goes to whom one has blocked, not even a second try', async () => {
  const api = newApi()
  const { alice, bob, atBob } = await contacts(api)
  remember(alice)
  await bob.until('app', ({ outboxCount }) => outboxCount === 0)
  await bob.running.close()
  const problem = { type: 'about:blank', title: 'too large', status: 413, code: 'too_large' }
  let refuses = true
  const again = await openEngine(api, 'Bob', bob.database, {
    fetch: async (url, init) =>
      refuses && url.endsWith('/v1/envelopes')
        ? new Response(JSON.stringify(problem), { status: 413 })
        : api.fetch(url, init),
  })
  remember(again)
  const sent = await again.engine.sendText(atBob, 'better unsaid')
  const untilFailed = () =>
    again.until(`conversation:${atBob}`, (conversation) => conversation?.messages.at(-1)?.mark === 'failed')
  await untilFailed()
  refuses = false
  const before = api.posted.length
  await again.engine.block(atBob)
  await again.engine.retrySend(sent.ok ? sent.messageId : '')
  await untilFailed()
  await again.until('app', ({ outboxCount }) => outboxCount === 0)
  expect(api.posted.length).toBe(before)
})

test('names cannot turn or hide what stands around them', async () => {
  const api = newApi()
  const mallory = await signedIn(api, '\u202emoc.bob\u0007\nof \u2066the bank')
  const bob = await signedIn(api, 'Bob')
  remember(mallory, bob)
  const opened = await bob.engine.openLink(await linkOf(mallory))
  expect(opened.ok).toBe(true)
  expect((await bob.running.read('app')).pendingLink?.name).toBe('moc.bob of the bank')
  await request(mallory, await linkOf(bob), 'hello')
  await bob.until('requests', (rows) => rows[0]?.name === 'moc.bob of the bank')
})

test('a thousand gaps are one line', async () => {
  const api = newApi()
  const { alice, bob, atAlice, atBob } = await contacts(api)
  remember(alice, bob)
  const { stream } = await deviceOf(api, alice)
  for (let at = 1; at <= 50; at += 1) {
    const data = JSON.stringify({ fromMs: at * 1_000, toMs: at * 1_000 + 500 })
    stream?.enqueue(new TextEncoder().encode(`event: gap\ndata: ${data}\n\n`))
  }
  await bob.engine.sendText(atBob, 'after the gaps')
  await untilTexts(alice, atAlice, 2)
  const after = await alice.running.read(`conversation:${atAlice}`)
  const gaps = (after?.messages ?? []).filter(({ kind }) => kind === 'gap')
  expect(gaps).toMatchObject([{ sentMs: 1_000, receivedMs: 50_500 }])
})

test('what is asked for again and never comes is a gap in the end', async () => {
  const api = newApi()
  const { alice, bob, atAlice, atBob } = await contacts(api)
  await bob.until('app', ({ outboxCount }) => outboxCount === 0)
  await bob.running.close()
  await clear(bob, 'sessions')
  await alice.engine.sendText(atAlice, 'lost')
  await alice.until('app', ({ outboxCount }) => outboxCount === 0)
  await alice.running.close()
  const again = await openEngine(api, 'Bob', bob.database)
  await again.until(
    `conversation:${atBob}`,
    (conversation) => conversation?.messages.at(-1)?.kind === 'on_its_way',
  )
  await again.running.close()
  const later31 = await later(api, bob, 31)
  remember(later31)
  expect((await later31.running.read(`conversation:${atBob}`))?.messages.at(-1)?.kind).toBe('gap')
  expect((await later31.running.read('conversations'))[0]?.preview.kind).toBe('text')
})

test('keys of messages that never came end in time, and what names an accepted session outlives its prekeys', async () => {
  const api = newApi()
  const { alice, bob, atAlice, atBob } = await contacts(api)
  remember(alice)
  const mailbox = (await deviceOf(api, bob)).mailbox
  await alice.until('app', ({ outboxCount }) => outboxCount === 0)
  await bob.until('app', ({ outboxCount }) => outboxCount === 0)
  api.mischief.deliver = () => []
  await alice.engine.sendText(atAlice, 'never delivered')
  await alice.until('app', ({ outboxCount }) => outboxCount === 0)
  mailbox.splice(0)
  api.mischief.deliver = (envelopes) => envelopes
  await alice.engine.sendText(atAlice, 'delivered')
  await untilTexts(bob, atBob, 2)
  await bob.running.close()
  expect(await countOf(bob, 'skipped')).toBe(1)

  const after50 = await later(api, bob, 50)
  await untilNone(bob, 'skipped')
  expect(await countOf(bob, 'initiations')).toBe(1)
  await after50.running.close()
  const after100 = await later(api, bob, 100)
  remember(after100)
  await untilNone(bob, 'initiations')
})

test('what the api did not take is offered again while a message waits for it', async () => {
  const api = newApi()
  const timeout = globalThis.setTimeout
  globalThis.setTimeout = ((run: () => void, ms = 0) =>
    timeout(run, ms === 30_000 ? 300 : ms)) as typeof setTimeout
  try {
    const alice = await openEngine(api, 'Alice')
    const bob = await signedIn(api, 'Bob')
    remember(alice, bob)
    let isDown = true
    api.mischief.request = (method, path) => {
      if (isDown && method === 'POST' && path === '/v1/capabilities') throw new TypeError('offline')
    }
    await signIn(alice)
    const id = await request(alice, await linkOf(bob), 'hello')
    await alice.until('app', ({ outboxCount }) => outboxCount === 1)
    await new Promise((resolve) => timeout(resolve, 1_000))
    isDown = false
    await alice.until(
      `conversation:${id}`,
      (conversation) => conversation?.messages[0]?.mark === 'with_server',
    )
  } finally {
    globalThis.setTimeout = timeout
  }
})
