import { afterEach, expect, test } from 'vitest'
import { openDB } from 'idb'
import { encode, toBase64url } from '../../protocol/index.ts'
import { createMemoryApi, type MemoryApi } from './testing/memoryApi.ts'
import {
  contacts,
  linkOf,
  openEngine,
  request,
  signedIn,
  textsOf,
  untilTexts,
  type TestPerson,
} from './testing/people.ts'

const people: TestPerson[] = []
const newApi = (): MemoryApi => createMemoryApi(location.origin)
const remember = (...opened: TestPerson[]) => void people.push(...opened)

afterEach(async () => {
  await Promise.all(people.splice(0).map(({ running }) => running.close()))
})

async function three(api: MemoryApi) {
  const alice = await signedIn(api, 'Alice')
  const bob = await signedIn(api, 'Bob')
  const mallory = await signedIn(api, 'Mallory')
  remember(alice, bob, mallory)
  return { alice, bob, mallory }
}

/** Base64url with another character at `at`. */
const flipped = (text: string, at: number): string =>
  `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`

const accountOf = async (person: TestPerson) => (await person.running.read('app')).account?.accountId ?? ''

test('an API that answers with another account behind a link is refused', async () => {
  const api = newApi()
  const { alice, bob, mallory } = await three(api)
  const link = await linkOf(bob)
  const swapped = api.accounts.get(await accountOf(mallory))
  api.mischief.answer = (path, body) =>
    path.endsWith('/sigchain') ? { ...(body as object), entries: swapped?.entries } : body
  expect(await alice.engine.openLink(link)).toEqual({ ok: false, failure: 'account_swapped' })
  const app = await alice.running.read('app')
  expect(app.pendingLink).toMatchObject({ state: 'failed', failure: 'account_swapped', proven: false })
})

test('a descriptor that the link’s owner did not sign is refused', async () => {
  const api = newApi()
  const { alice, bob } = await three(api)
  const link = await linkOf(bob)
  api.mischief.answer = (path, body) => {
    if (!path.endsWith('/resolve')) return body
    const { descriptor } = body as { descriptor: string }
    return { ...(body as object), descriptor: flipped(descriptor, 20) }
  }
  expect(await alice.engine.openLink(link)).toEqual({ ok: false, failure: 'descriptor_forged' })
})

test('prekeys of another device are refused, and nothing is sent', async () => {
  const api = newApi()
  const { alice, bob, mallory } = await three(api)
  const link = await linkOf(bob)
  const { device } = api.accounts.get(await accountOf(mallory)) ?? {}
  api.mischief.answer = (path, body) => {
    if (!path.endsWith('/bundles')) return body
    const { bundles } = body as { bundles: object[] }
    return {
      ...(body as object),
      bundles: bundles.map((bundle) => ({ ...bundle, signedPreKey: device?.signedPreKey })),
    }
  }
  const id = await request(alice, link, 'for bob only')
  const after = await alice.until(
    `conversation:${id}`,
    (conversation) => conversation?.messages[0]?.mark === 'failed',
  )
  expect(after?.messages[0]?.failure).toBe('peer_alarm')
  expect(api.posted).toEqual([])
})

test('a device without a valid entry is an alarm, and is never encrypted to', async () => {
  const api = newApi()
  const { alice, bob, atAlice } = await contacts(api)
  remember(alice, bob)
  await alice.until('app', ({ outboxCount }) => outboxCount === 0)
  const honest = api.fetch
  const ghost = { ...api, fetch: honest }
  await alice.running.close()
  ghost.fetch = async (url, init) => {
    if (!url.endsWith('/v1/envelopes')) return honest(url, init)
    const stale = { missing: ['AAAAAAAAAAAAAAAAAAAAAA'], extra: [], entries: [] }
    const body = { type: 'about:blank', title: 'stale', status: 409, code: 'stale_devices', ...stale }
    return new Response(JSON.stringify(body), { status: 409 })
  }
  const again = await openEngine(ghost, 'Alice', alice.database)
  remember(again)
  await again.engine.sendText(atAlice, 'not for ghosts')
  const after = await again.until(
    `conversation:${atAlice}`,
    (conversation) => conversation?.messages.at(-1)?.mark === 'failed',
  )
  expect(after?.messages.at(-1)?.failure).toBe('peer_alarm')
})

test('an entry of a later version stops sending without an alarm, and a made-up one not for ever', async () => {
  const api = newApi()
  const { alice, bob, atAlice, atBob } = await contacts(api)
  remember(bob)
  await alice.until('app', ({ outboxCount }) => outboxCount === 0)
  await alice.running.close()
  const made = encode(['plasma/1/sigchain', 2, new Uint8Array(32), 'anything'])
  const entry = { body: toBase64url(made), signature: toBase64url(new Uint8Array(64)) }
  const stale = { missing: [], extra: [], entries: [entry] }
  const body = { type: 'about:blank', title: 'stale', status: 409, code: 'stale_devices', ...stale }
  let lies = true
  const again = await openEngine(api, 'Alice', alice.database, {
    fetch: async (url, init) =>
      lies && url.endsWith('/v1/envelopes')
        ? new Response(JSON.stringify(body), { status: 409 })
        : api.fetch(url, init),
  })
  remember(again)
  await again.engine.sendText(atAlice, 'later')
  const waiting = await again.until(
    `conversation:${atAlice}`,
    (conversation) => conversation?.chainState === 'update_needed',
  )
  expect(waiting?.messages.at(-1)).toMatchObject({ mark: 'on_device', failure: null })
  lies = false
  api.closeStreams()
  expect(await untilTexts(bob, atBob, 2)).toEqual(['hello', 'later'])
})

test('a flipped bit shows nothing, moves nothing, and the next message opens', async () => {
  const api = newApi()
  const { alice, bob, atAlice, atBob } = await contacts(api)
  remember(alice, bob)
  api.mischief.deliver = (envelopes) =>
    envelopes.map((envelope) => ({ ...envelope, ciphertext: flipped(envelope.ciphertext, 300) }))
  await alice.engine.sendText(atAlice, 'broken')
  await alice.until('app', ({ outboxCount }) => outboxCount === 0)
  api.mischief.deliver = (envelopes) => envelopes
  await alice.engine.sendText(atAlice, 'whole')
  expect(await untilTexts(bob, atBob, 2)).toEqual(['hello', 'whole'])
})

test('a lost session is asked for again, and the message appears in its place', async () => {
  const api = newApi()
  const { alice, bob, atAlice, atBob } = await contacts(api)
  remember(alice)
  await bob.until('app', ({ outboxCount }) => outboxCount === 0)
  await bob.running.close()
  const db = await openDB(bob.database)
  await db.clear('sessions')
  db.close()
  const again = await openEngine(api, 'Bob', bob.database)
  remember(again)
  await again.until('app', ({ caughtUp }) => caughtUp)
  await alice.engine.sendText(atAlice, 'asked for again')
  expect(await untilTexts(again, atBob, 2)).toEqual(['hello', 'asked for again'])
  const settled = await again.until(
    `conversation:${atBob}`,
    (conversation) => !conversation?.messages.some(({ kind }) => kind === 'on_its_way'),
  )
  expect(textsOf(settled)).toEqual(['hello', 'asked for again'])
  await alice.until(
    `conversation:${atAlice}`,
    (conversation) => conversation?.messages.at(-1)?.mark === 'delivered',
  )
})

test('a stranger’s request has 300 characters in all', async () => {
  const api = newApi()
  const alice = await signedIn(api, 'Alice')
  const bob = await signedIn(api, 'Bob')
  remember(alice, bob)
  const id = await request(alice, await linkOf(bob), 'x'.repeat(290))
  expect(await alice.engine.sendText(id, 'y'.repeat(11))).toEqual({ ok: false, failure: 'request_limit' })
  expect(await alice.engine.sendText(id, 'y'.repeat(10))).toMatchObject({ ok: true })
})

test('a copy of a device stops, and sends nothing', async () => {
  const api = newApi()
  const { alice, bob } = await contacts(api)
  remember(bob)
  await alice.running.close()
  const account = [...api.accounts.values()].find(
    ({ device }) => device.runId !== null && device.stream === null,
  )
  if (account) account.device.runId = 'AAAAAAAAAAAAAAAAAAAAAA'
  const again = await openEngine(api, 'Alice', alice.database)
  remember(again)
  const app = await again.until('app', ({ phase }) => phase === 'stopped')
  expect(app.stop).toBe('restored_copy')
})
