import { afterEach, expect, test } from 'vitest'
import { openDB } from 'idb'
import { createMemoryApi, type MemoryApi } from './testing/memoryApi.ts'
import { contacts, openEngine, signedIn, signIn, untilTexts, type TestPerson } from './testing/people.ts'

const people: TestPerson[] = []
const newApi = (): MemoryApi => createMemoryApi(location.origin)
const remember = (...opened: TestPerson[]) => void people.push(...opened)

afterEach(async () => {
  await Promise.all(people.splice(0).map(({ running }) => running.close()))
})

test('signing out erases what is stored even while another tab does not let go of the database', async () => {
  const { alice, bob } = await contacts(newApi())
  remember(alice, bob)
  const asleep = await openDB(alice.database)
  const left = async () => {
    const tables = [...asleep.objectStoreNames]
    const counts = await Promise.all(tables.map((table) => asleep.count(table)))
    return counts.reduce((sum, count) => sum + count, 0)
  }
  expect(await left()).toBeGreaterThan(100)
  const signedOut = alice.engine.signOut()
  while ((await left()) > 0) await new Promise((resolve) => setTimeout(resolve, 50))
  asleep.close()
  await signedOut
  await alice.until('app', ({ phase }) => phase === 'signed_out')
})

test('a conversation on screen is gone when its device signs out', async () => {
  const { alice, bob, atAlice } = await contacts(newApi())
  remember(alice, bob)
  const gone = alice.until(`conversation:${atAlice}`, (conversation) => conversation === null)
  await alice.until(`app`, ({ outboxCount }) => outboxCount === 0)
  await alice.engine.signOut()
  await gone
})

test('when one tab signs out, every tab starts anew, and one of them leads', async () => {
  const api = newApi()
  const { alice, bob } = await contacts(api)
  const tabs = [
    await openEngine(api, 'Alice', alice.database),
    await openEngine(api, 'Alice', alice.database),
  ]
  remember(alice, bob, ...tabs)
  await tabs[1]?.engine.signOut()
  await Promise.all([alice, ...tabs].map((tab) => tab.until('app', ({ phase }) => phase === 'signed_out')))
  const [first] = tabs
  if (first) await signIn(first)
  await Promise.all(
    [alice, ...tabs].map((tab) => tab.until('app', ({ phase, caughtUp }) => phase === 'ready' && caughtUp)),
  )
})

test('a tab that closes while it waits for an answer lets another one lead', async () => {
  const api = newApi()
  let answer = (): void => undefined
  const answered = new Promise<void>((resolve) => (answer = resolve))
  const asked = new Promise<void>((resolve) => {
    api.mischief.request = (_method, path) => {
      if (path !== '/v1/platform') return
      resolve()
      return answered
    }
  })
  const first = await openEngine(api, 'Alice')
  await asked
  const closed = first.running.close()
  answer()
  await closed
  api.mischief.request = () => undefined
  const second = await openEngine(api, 'Alice', first.database)
  remember(second)
  await signIn(second)
})

test('a database that the browser closes is opened again', async () => {
  const api = newApi()
  const { alice, bob, atAlice, atBob } = await contacts(api)
  remember(alice, bob)
  const connections = new Set<IDBDatabase>()
  const { transaction } = IDBDatabase.prototype
  IDBDatabase.prototype.transaction = function (...asked) {
    if (this.name === alice.database) connections.add(this)
    return transaction.apply(this, asked)
  }
  await alice.engine.saveDraft(atAlice, 'half')
  IDBDatabase.prototype.transaction = transaction
  for (const connection of connections) {
    connection.close()
    connection.dispatchEvent(new Event('close'))
  }
  await bob.engine.sendText(atBob, 'still there')
  expect(await untilTexts(alice, atAlice, 2)).toEqual(['hello', 'still there'])
})

test('an api that never has prekeys left gets no more than a few hundred', async () => {
  const api = newApi()
  const bob = await signedIn(api, 'Bob')
  remember(bob)
  api.mischief.answer = (path, body) =>
    path === '/v1/prekeys' ? { ...(body as object), oneTimeIds: [], oneTimeKemIds: [] } : body
  for (let times = 0; times < 5; times += 1) {
    const tended = new Promise<void>((resolve) => {
      api.mischief.answered = (method, path) => {
        if (method === 'GET' && path === '/v1/contact-links') resolve()
      }
    })
    api.closeStreams()
    await tended
  }
  const db = await openDB(bob.database)
  expect(await db.count('prekeys')).toBeLessThanOrEqual(452)
  db.close()
})
