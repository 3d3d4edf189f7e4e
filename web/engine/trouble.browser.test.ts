import { afterEach, expect, test } from 'vitest'
import type { EngineDeps } from './create.ts'
import { createMemoryApi, type MemoryApi } from './testing/memoryApi.ts'
import { contacts, openEngine, signIn, untilTexts, type TestPerson } from './testing/people.ts'

const people: TestPerson[] = []
const newApi = (): MemoryApi => createMemoryApi(location.origin)
const remember = (...opened: TestPerson[]) => void people.push(...opened)
const restore: (() => void)[] = []

afterEach(async () => {
  for (const undo of restore.splice(0)) undo()
  await Promise.all(people.splice(0).map(({ running }) => running.close()))
})

/** Lets `refuse` throw instead of a put into IndexedDB, until the test ends. */
function refusePuts(refuse: (table: string, value: { readonly key: string }) => void): void {
  const put = IDBObjectStore.prototype.put
  IDBObjectStore.prototype.put = function (value: { key: string }, key?: IDBValidKey) {
    refuse(this.name, value)
    return key === undefined ? put.call(this, value) : put.call(this, value, key)
  }
  restore.push(() => (IDBObjectStore.prototype.put = put))
}

/** Lets timers of this length end soon, until the test does. */
function hurry(delayMs: number): void {
  const later = globalThis.setTimeout
  globalThis.setTimeout = ((run: () => void, ms = 0) =>
    later(run, ms === delayMs ? 300 : ms)) as typeof setTimeout
  restore.push(() => (globalThis.setTimeout = later))
}

const full = () => new DOMException('full', 'QuotaExceededError')

/** Alice and Bob as Contacts; Alice is opened again with other deps. */
async function withAliceAgain(api: MemoryApi, deps: (honest: EngineDeps['fetch']) => Partial<EngineDeps>) {
  const { alice, bob, atAlice, atBob } = await contacts(api)
  remember(bob)
  await alice.until('app', ({ outboxCount }) => outboxCount === 0)
  await alice.running.close()
  const again = await openEngine(api, 'Alice', alice.database, deps(api.fetch))
  remember(again)
  return { alice: again, bob, atAlice, atBob }
}

test('a stream that the api never answers is given up, and asked for again', async () => {
  const api = newApi()
  let silences = 0
  const { alice } = await withAliceAgain(api, (honest) => {
    hurry(75_000)
    return {
      fetch(url, init) {
        if (!url.includes('/v1/stream') || silences > 0) return honest(url, init)
        silences += 1
        init.signal?.throwIfAborted()
        return new Promise((_resolve, reject) => {
          init.signal?.addEventListener('abort', () => reject(new DOMException('gone', 'AbortError')))
        })
      },
    }
  })
  await alice.until('app', ({ connection }) => connection === 'online')
  expect(silences).toBe(1)
})

test('without room for the id of a run, no stream is opened, and the device is no copy of itself later', async () => {
  const api = newApi()
  const { alice, bob, atAlice, atBob } = await contacts(api)
  remember(bob)
  await alice.running.close()
  let isFull = true
  refusePuts((table, { key }) => {
    if (isFull && table === 'meta' && key === 'run') throw full()
  })
  const streams: string[] = []
  api.mischief.request = (_method, path) => void (path === '/v1/stream' && streams.push(path))
  const cramped = await openEngine(api, 'Alice', alice.database)
  await cramped.until('app', ({ connection }) => connection === 'offline')
  expect(streams).toEqual([])
  await cramped.running.close()
  isFull = false
  const again = await openEngine(api, 'Alice', alice.database)
  remember(again)
  await bob.engine.sendText(atBob, 'still you')
  expect(await untilTexts(again, atAlice, 2)).toEqual(['hello', 'still you'])
})

test('a database that fails while connecting does not end the lead', async () => {
  const api = newApi()
  let failures = 0
  const { alice, bob, atAlice, atBob } = await contacts(api)
  remember(alice, bob)
  refusePuts((table, { key }) => {
    if (failures > 0 || table !== 'meta' || key !== 'run') return
    failures += 1
    throw new DOMException('no', 'UnknownError')
  })
  api.closeStreams()
  await bob.engine.sendText(atBob, 'are you there')
  expect(await untilTexts(alice, atAlice, 2)).toEqual(['hello', 'are you there'])
  expect(failures).toBe(1)
})

test('without room for their private halves, no prekeys are uploaded', async () => {
  const api = newApi()
  refusePuts((table, { key }) => {
    if (table === 'keys' && key.startsWith('prekey.')) throw full()
  })
  const bob = await openEngine(api, 'Bob')
  remember(bob)
  const uploads: string[] = []
  api.mischief.answered = (method, path) =>
    void (method === 'POST' && path === '/v1/prekeys' && uploads.push(path))
  const freshness = new Promise<void>((resolve) => {
    api.mischief.request = (_method, path) => {
      if (path === '/v1/freshness') resolve()
    }
  })
  await signIn(bob)
  await freshness
  expect(uploads).toEqual([])
})

test('an api that says "again at once" is not asked in a loop', async () => {
  const api = newApi()
  const posts: number[] = []
  let third = (): void => undefined
  const thrice = new Promise<void>((resolve) => (third = resolve))
  const { alice, atAlice } = await withAliceAgain(api, (honest) => ({
    async fetch(url, init) {
      if (!url.endsWith('/v1/envelopes')) return honest(url, init)
      posts.push(performance.now())
      if (posts.length === 3) third()
      const body = { type: 'about:blank', title: 'busy', status: 429, code: 'too_many' }
      return new Response(JSON.stringify(body), { status: 429, headers: { 'Retry-After': '0' } })
    },
  }))
  await alice.until('app', ({ caughtUp }) => caughtUp)
  await alice.engine.sendText(atAlice, 'patience')
  await thrice
  expect((posts[2] ?? 0) - (posts[0] ?? 0)).toBeGreaterThan(1_000)
})

test('a clock that is set back while a message waits does not hold it up', async () => {
  const api = newApi()
  let offsetMs = 0
  let isDown = true
  const { alice, bob, atAlice, atBob } = await withAliceAgain(api, (honest) => ({
    nowMs: () => Date.now() + offsetMs,
    async fetch(url, init) {
      if (!url.endsWith('/v1/envelopes') || !isDown) return honest(url, init)
      isDown = false
      setTimeout(() => (offsetMs = -86_400_000), 50)
      throw new TypeError('offline')
    },
  }))
  await alice.until('app', ({ caughtUp }) => caughtUp)
  await alice.engine.sendText(atAlice, 'in time')
  await untilTexts(bob, atBob, 2)
})

test('a device that stopped stays silent in the service worker too', async () => {
  const api = newApi()
  const { alice, bob, atAlice } = await contacts(api)
  remember(bob)
  await alice.until('app', ({ outboxCount }) => outboxCount === 0)
  api.mischief.request = (_method, path) => {
    if (path === '/v1/envelopes') throw new TypeError('offline')
  }
  await alice.engine.sendText(atAlice, 'never sent')
  await alice.running.close()
  const device = [...api.accounts.values()].find((account) => account.device.stream === null)?.device
  const copied = device?.runId ?? null
  if (device) device.runId = 'AAAAAAAAAAAAAAAAAAAAAA'
  const stopped = await openEngine(api, 'Alice', alice.database)
  await stopped.until('app', ({ phase }) => phase === 'stopped')
  await stopped.running.close()
  if (device) device.runId = copied
  const requests: string[] = []
  api.mischief.request = (_method, path) => void requests.push(path)
  const { createEngine } = await import('./create.ts')
  const worker = createEngine({
    name: alice.database,
    origin: api.origin,
    fetch: api.fetch,
    nowMs: () => Date.now(),
    locks: navigator.locks,
    channel: (name) => new BroadcastChannel(name),
  })
  await worker.syncOnce(AbortSignal.timeout(5_000))
  await worker.close()
  expect(requests.filter((path) => path === '/v1/stream' || path === '/v1/envelopes')).toEqual([])
})
