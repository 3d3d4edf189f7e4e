import { afterEach, expect, test } from 'vitest'
import { createMemoryApi, type MemoryApi } from './testing/memoryApi.ts'
import { contacts, mortal, openEngine, textsOf, untilTexts, type TestPerson } from './testing/people.ts'

const people: TestPerson[] = []
const newApi = (): MemoryApi => createMemoryApi(location.origin)
const remember = (...opened: TestPerson[]) => void people.push(...opened)

afterEach(async () => {
  await Promise.all(people.splice(0).map(({ running }) => running.close()))
})

/** Alice's engine goes away, and one that can be killed takes her place. */
async function withMortalAlice(api: MemoryApi) {
  const { alice, bob, atAlice, atBob } = await contacts(api)
  await alice.running.close()
  const { deps, kill } = mortal(api)
  const doomed = await openEngine(api, 'Alice', alice.database, deps)
  await doomed.until('app', ({ caughtUp }) => caughtUp)
  remember(bob)
  return { doomed, kill, bob, atAlice, atBob, reopen: () => openEngine(api, 'Alice', alice.database) }
}

/** Runs `then` once, when the API has seen such a request: before it is handled, or after. */
function once(api: MemoryApi, when: 'request' | 'answered', path: string, then: () => void): Promise<void> {
  return new Promise((resolve) => {
    api.mischief[when] = (_method, at) => {
      if (at !== path) return
      api.mischief[when] = () => undefined
      then()
      resolve()
      if (when === 'request') throw new TypeError('the machine went down')
    }
  })
}

test('killed between the commit and the post, the same bytes are posted by the next start', async () => {
  const api = newApi()
  const { doomed, kill, bob, atAlice, atBob, reopen } = await withMortalAlice(api)
  const down = once(api, 'request', '/v1/envelopes', kill)
  await doomed.engine.sendText(atAlice, 'survives')
  await down
  remember(await reopen())
  expect(await untilTexts(bob, atBob, 2)).toEqual(['hello', 'survives'])
})

test('killed between the post and its answer, the message shows once', async () => {
  const api = newApi()
  const { doomed, kill, bob, atAlice, atBob, reopen } = await withMortalAlice(api)
  const before = api.posted.length
  const down = once(api, 'answered', '/v1/envelopes', kill)
  await doomed.engine.sendText(atAlice, 'once')
  await down
  const alice = await reopen()
  remember(alice)
  await alice.until(
    `conversation:${atAlice}`,
    (conversation) => conversation?.messages.at(-1)?.mark === 'delivered',
  )
  await alice.engine.sendText(atAlice, 'after')
  expect(await untilTexts(bob, atBob, 3)).toEqual(['hello', 'once', 'after'])
  const [first, second] = api.posted.slice(before).flatMap(({ envelopes }) => envelopes)
  expect(second).toEqual(first)
})

test('killed between the commit and the acknowledgement, what comes again shows once', async () => {
  const api = newApi()
  const { kill, bob, atAlice, atBob, reopen } = await withMortalAlice(api)
  const down = once(api, 'request', '/v1/acknowledgements', kill)
  await bob.engine.sendText(atBob, 'once')
  await down
  const alice = await reopen()
  remember(alice)
  await alice.until('app', ({ caughtUp }) => caughtUp)
  await bob.engine.sendText(atBob, 'after')
  expect(await untilTexts(alice, atAlice, 3)).toEqual(['hello', 'once', 'after'])
})

test('a transaction that fails loses nothing: the envelope is taken when it comes again', async () => {
  const api = newApi()
  const { alice, bob, atAlice, atBob } = await contacts(api)
  remember(alice, bob)
  await alice.until('app', ({ outboxCount }) => outboxCount === 0)
  const put = IDBObjectStore.prototype.put
  let failures = 0
  IDBObjectStore.prototype.put = function (value: unknown, key?: IDBValidKey) {
    if (this.name === 'seen' && failures === 0) {
      failures += 1
      throw new DOMException('no', 'UnknownError')
    }
    return key === undefined ? put.call(this, value) : put.call(this, value, key)
  }
  try {
    await bob.engine.sendText(atBob, 'in spite of it')
    expect(await untilTexts(alice, atAlice, 2)).toEqual(['hello', 'in spite of it'])
  } finally {
    IDBObjectStore.prototype.put = put
  }
  expect(failures).toBe(1)
})

test('without room, the message is refused and nothing is half written', async () => {
  const { alice, bob, atAlice } = await contacts(newApi())
  remember(alice, bob)
  const put = IDBObjectStore.prototype.put
  IDBObjectStore.prototype.put = function () {
    throw new DOMException('full', 'QuotaExceededError')
  }
  const refused = await alice.engine
    .sendText(atAlice, 'too much')
    .finally(() => (IDBObjectStore.prototype.put = put))
  expect(refused).toEqual({ ok: false, failure: 'storage_full' })
  expect(textsOf(await alice.running.read(`conversation:${atAlice}`))).toEqual(['hello'])
})

test('two tabs of one device share one stream, and both show what comes', async () => {
  const api = newApi()
  const { alice, bob, atAlice, atBob } = await contacts(api)
  const secondTab = await openEngine(api, 'Alice', alice.database)
  remember(alice, bob, secondTab)
  await secondTab.until('app', ({ connection, caughtUp }) => connection === 'online' && caughtUp)
  await Promise.all([
    alice.engine.sendText(atAlice, 'from one tab'),
    secondTab.engine.sendText(atAlice, 'from the other'),
  ])
  await bob.engine.sendText(atBob, 'to both')
  expect([...(await untilTexts(secondTab, atAlice, 4))].sort()).toEqual([
    'from one tab',
    'from the other',
    'hello',
    'to both',
  ])
  expect([...(await untilTexts(bob, atBob, 4))].sort()).toEqual([
    'from one tab',
    'from the other',
    'hello',
    'to both',
  ])
  await alice.running.close()
  await bob.engine.sendText(atBob, 'the other leads now')
  expect(await untilTexts(secondTab, atAlice, 5)).toContain('the other leads now')
})

test('the service worker empties the outbox when no tab is open', async () => {
  const api = newApi()
  const { alice, bob, atAlice, atBob } = await contacts(api)
  remember(bob)
  api.mischief.request = (_method, path) => {
    if (path === '/v1/envelopes') throw new TypeError('offline')
  }
  await alice.engine.sendText(atAlice, 'sent at last')
  await alice.until('conversations', (rows) => rows[0]?.outbox === 1)
  await alice.running.close()
  api.mischief.request = () => undefined
  const background = await openEngine(api, 'Alice', alice.database)
  await background.running.close()
  const { createEngine } = await import('./create.ts')
  const worker = createEngine({
    name: alice.database,
    origin: api.origin,
    fetch: api.fetch,
    nowMs: () => Date.now() + 60_000,
    locks: navigator.locks,
    channel: (name) => new BroadcastChannel(name),
  })
  expect(await worker.syncOnce(AbortSignal.timeout(10_000))).toBe(true)
  await worker.close()
  expect(await untilTexts(bob, atBob, 2)).toEqual(['hello', 'sent at last'])
})
