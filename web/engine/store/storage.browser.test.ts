import { afterEach, expect, test } from 'vitest'
import { openDB } from 'idb'
import { createMemoryApi } from '../testing/memoryApi.ts'
import {
  contacts,
  linkOf,
  openEngine,
  request,
  signedIn,
  untilTexts,
  type TestPerson,
} from '../testing/people.ts'
import { openDatabase } from './idb.ts'
import { openVault } from './vault.ts'

const people: TestPerson[] = []
const remember = (...opened: TestPerson[]) => void people.push(...opened)

afterEach(async () => {
  await Promise.all(people.splice(0).map(({ running }) => running.close()))
})

interface Found {
  readonly table: string
  readonly path: string
  readonly value: unknown
}

/** Every value of every row, down to keys and byte strings. */
async function walk(database: string): Promise<readonly Found[]> {
  const db = await openDB(database)
  const found: Found[] = []
  for (const table of db.objectStoreNames) {
    for (const row of await db.getAll(table)) visit(found, table, '', row)
  }
  db.close()
  return found
}

function visit(found: Found[], table: string, path: string, value: unknown): void {
  const isLeaf =
    typeof value !== 'object' || value === null || value instanceof CryptoKey || value instanceof Uint8Array
  if (isLeaf) {
    found.push({ table, path, value })
    return
  }
  for (const [name, inner] of Object.entries(value)) visit(found, table, `${path}/${name}`, inner)
}

test('no private key can be exported, and no byte of state is unsealed', async () => {
  const api = createMemoryApi(location.origin)
  const { alice, bob, atAlice, atBob } = await contacts(api)
  remember(alice, bob)
  await alice.engine.sendText(atAlice, 'secret-in-a-message')
  await alice.engine.saveDraft(atAlice, 'secret-in-a-draft')
  await bob.engine.sendText(atBob, 'secret-in-an-answer')
  await linkOf(alice)
  await untilTexts(alice, atAlice, 3)

  const found = await walk(alice.database)
  const keys = found.filter(({ value }) => value instanceof CryptoKey)
  expect(keys.length).toBeGreaterThan(100)
  expect(keys.filter(({ value }) => (value as CryptoKey).extractable)).toEqual([])
  expect(new Set(keys.map(({ table }) => table))).toEqual(new Set(['keys']))
  const bytes = found.filter(({ value }) => value instanceof Uint8Array)
  expect(new Set(bytes.map(({ path }) => path))).toEqual(new Set(['/sealed', '/publicKey']))
  const tables = new Set(bytes.filter(({ path }) => path === '/sealed').map(({ table }) => table))
  expect(tables.has('keys')).toBe(false)
  const ofKeys = found.filter(({ table }) => table === 'keys').map(({ path }) => path)
  const allowed = /^\/(key|version|kind|privateKey|publicKey|modes\/\w+|jwk\/(crv|kty|x|y))$/
  expect(ofKeys.filter((path) => !allowed.test(path))).toEqual([])
})

test('what is in clear is ids, kinds and order only', async () => {
  const api = createMemoryApi(location.origin)
  const { alice, bob, atAlice } = await contacts(api)
  remember(alice, bob)
  await alice.engine.sendText(atAlice, 'secret-in-a-message')
  const found = await walk(alice.database)
  const clear = new Set(
    found.filter(({ table }) => table !== 'keys').map(({ table, path }) => `${table}${path}`),
  )
  const allowed = [
    'capabilities/conversationId',
    'contacts/accountId',
    'messages/conversationId',
    'messages/messageId',
    'messages/order',
    'messages/unread',
    'outbox/conversationId',
    'prekeys/kind',
    'seen/storedMs',
    'sent/messageKey',
    'sent/storedMs',
    'sessions/deviceId',
    'skipped/sid',
  ]
  expect(
    [...clear].filter((name) => !/\/(key|version|sealed)$/.test(name) && !allowed.includes(name)),
  ).toEqual([])
  const texts = found.map(({ value }) =>
    value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value),
  )
  const words = ['secret-in-a-message', 'hello', 'Alice', 'Ceramics']
  expect(words.filter((word) => texts.some((text) => text.includes(word)))).toEqual([])
})

test('a row moved to another place, or altered, does not open', async () => {
  const api = createMemoryApi(location.origin)
  const alice = await signedIn(api, 'Alice')
  await alice.running.close()
  const db = await openDB(alice.database)
  const device: { sealed: Uint8Array } = await db.get('meta', 'device')
  await db.put('meta', { ...device, key: 'canary' })
  db.close()
  const again = await openEngine(api, 'Alice', alice.database)
  remember(again)
  expect(await again.running.read('app')).toMatchObject({ phase: 'stopped', stop: 'self_test_failed' })
})

test('where a kind of key cannot be kept as it is, it is kept wrapped, and everything works', async () => {
  const put = IDBObjectStore.prototype.put
  const refused = ['Ed25519', 'ECDSA', 'ML-KEM-768']
  IDBObjectStore.prototype.put = function (value: { privateKey?: unknown }, key?: IDBValidKey) {
    const { privateKey } = value
    if (privateKey instanceof CryptoKey && refused.includes(privateKey.algorithm.name)) {
      throw new DOMException('could not be cloned', 'DataCloneError')
    }
    return key === undefined ? put.call(this, value) : put.call(this, value, key)
  }
  try {
    const api = createMemoryApi(location.origin)
    const { alice, bob, atAlice, atBob } = await contacts(api)
    remember(alice, bob)
    await bob.engine.sendText(atBob, 'wrapped')
    expect(await untilTexts(alice, atAlice, 2)).toEqual(['hello', 'wrapped'])
    expect((await alice.running.read('app')).storage.keys).toBe('wrapped')
    const kinds = (await walk(alice.database)).filter(({ value }) => value instanceof CryptoKey)
    expect(kinds.filter(({ value }) => refused.includes((value as CryptoKey).algorithm.name))).toEqual([])
  } finally {
    IDBObjectStore.prototype.put = put
  }
})

test('two tabs that start at once share one key', async () => {
  const name = `test.${crypto.randomUUID()}`
  const [first, second] = await Promise.all([
    openDatabase(name, () => undefined),
    openDatabase(name, () => undefined),
  ])
  const [one, other] = await Promise.all([openVault(first), openVault(second)])
  const sealed = await one.seal('row', new Uint8Array([1, 2, 3]))
  expect(await other.open('row', sealed)).toEqual(new Uint8Array([1, 2, 3]))
  first.close()
  second.close()
})

test('of two commits over the same row, the second is a conflict and writes nothing', async () => {
  const db = await openDatabase(`test.${crypto.randomUUID()}`, () => undefined)
  const write = { table: 'meta', key: 'a', expected: 0, row: { key: 'a' } } as const
  expect(await db.commit([write])).toBe('done')
  expect(
    await db.commit([{ ...write, table: 'seen', key: 'b', row: { key: 'b', storedMs: 1 } }, write]),
  ).toBe('conflict')
  expect(await db.get('seen', 'b')).toBeUndefined()
  await db.destroy()
})

test('signing out erases the device', async () => {
  const api = createMemoryApi(location.origin)
  const [alice, bob] = [await signedIn(api, 'Alice'), await signedIn(api, 'Bob')]
  remember(alice, bob)
  await request(alice, await linkOf(bob), 'hello')
  await alice.engine.signOut()
  await alice.until('app', ({ phase }) => phase === 'signed_out')
  const kept = await walk(alice.database)
  expect(kept.filter(({ table }) => table === 'messages' || table === 'contacts')).toEqual([])
})
