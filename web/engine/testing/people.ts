/** People for tests: each an engine with a database of its own, and words for what a Person does and sees. */
import { createEngine, type EngineDeps, type RunningEngine } from '../create.ts'
import { randomId } from '../core.ts'
import type { AppSnapshot, ConversationSnapshot, QueryKey, Snapshot } from '../read.ts'
import type { MemoryApi } from './memoryApi.ts'

export interface TestPerson {
  readonly name: string
  readonly database: string
  readonly running: RunningEngine
  readonly engine: RunningEngine['engine']
  /** The snapshot as soon as it satisfies `test`. */
  until<K extends QueryKey>(key: K, test: (snapshot: Snapshot<K>) => boolean): Promise<Snapshot<K>>
}

const PATIENCE_MS = 15_000

/** An engine over `database`; the same one again after a crash or in a second tab. */
export async function openEngine(
  api: MemoryApi,
  name: string,
  database = `test.${randomId()}`,
  more: Partial<EngineDeps> = {},
): Promise<TestPerson> {
  const running = createEngine({
    name: database,
    origin: api.origin,
    fetch: api.fetch,
    nowMs: () => Date.now(),
    locks: navigator.locks,
    channel: (channel) => new BroadcastChannel(channel),
    ...more,
  })
  await running.engine.start()
  return { name, database, running, engine: running.engine, until: (key, test) => until(running, key, test) }
}

export async function signedIn(api: MemoryApi, name: string): Promise<TestPerson> {
  const person = await openEngine(api, name)
  await signIn(person)
  return person
}

export async function signIn(person: TestPerson): Promise<void> {
  const begun = await person.engine.beginSignIn()
  if (!begun.ok) throw new Error(begun.failure)
  const nonce = new URL(begun.url).searchParams.get('nonce')
  const result = await person.engine.finishSignIn(`#grant=a.b.c&nonce=${nonce}`)
  if (!result.ok) throw new Error(result.failure)
  await person.engine.saveProfile({ name: person.name })
  await person.until('app', (app) => app.phase === 'ready' && app.caughtUp)
}

/** A link that the API holds. */
export async function linkOf(
  person: TestPerson,
  kind: 'long_lived' | 'one_time' = 'long_lived',
): Promise<string> {
  const made = await person.engine.makeLink({ label: '', kind, limit: null, expiresAtMs: null })
  if (!made.ok) throw new Error(made.failure)
  const links = await person.until('links', (rows) =>
    rows.some((row) => row.lookup === made.lookup && row.published),
  )
  return links.find(({ lookup }) => lookup === made.lookup)?.url ?? ''
}

/** Alice and Bob after a Request that Bob accepted. */
export async function contacts(
  api: MemoryApi,
): Promise<{ alice: TestPerson; bob: TestPerson; atAlice: string; atBob: string }> {
  const [alice, bob] = await Promise.all([signedIn(api, 'Alice'), signedIn(api, 'Bob')])
  const atAlice = await request(alice, await linkOf(bob), 'hello')
  const requests = await bob.until('requests', (rows) => rows.length === 1)
  const atBob = requests[0]?.conversationId ?? ''
  await bob.engine.acceptRequest(atBob)
  await alice.until(`conversation:${atAlice}`, (conversation) => conversation?.kind === 'contact')
  return { alice, bob, atAlice, atBob }
}

/** Opens a link and sends the first Message. @returns the conversation. */
export async function request(person: TestPerson, link: string, text: string): Promise<string> {
  const opened = await person.engine.openLink(link)
  if (!opened.ok) throw new Error(opened.failure)
  const started = await person.engine.startConversation(text)
  if (!started.ok) throw new Error(started.failure)
  return started.conversationId
}

export const textsOf = (conversation: ConversationSnapshot | null): readonly string[] =>
  (conversation?.messages ?? []).filter(({ kind }) => kind === 'text').map(({ text }) => text)

export const untilTexts = async (person: TestPerson, id: string, count: number): Promise<readonly string[]> =>
  textsOf(await person.until(`conversation:${id}`, (conversation) => textsOf(conversation).length >= count))

export const appOf = (person: TestPerson): Promise<AppSnapshot> => person.running.read('app')

async function until<K extends QueryKey>(
  running: RunningEngine,
  key: K,
  test: (snapshot: Snapshot<K>) => boolean,
): Promise<Snapshot<K>> {
  let last: unknown
  const found = new Promise<Snapshot<K>>((resolve) => {
    running.watch(key, (snapshot) => {
      last = snapshot
      if (test(snapshot as Snapshot<K>)) resolve(snapshot as Snapshot<K>)
    })
  })
  const tooLong = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`${key} never came to it: ${JSON.stringify(last)}`)), PATIENCE_MS)
  })
  return Promise.race([found, tooLong]).finally(() => running.unwatch(key))
}

/** Deps of an engine that can be killed: its requests never end any more, and its locks are free. */
export function mortal(api: MemoryApi): { readonly deps: Partial<EngineDeps>; kill(): void } {
  let kill = (): void => undefined
  const killed = new Promise<void>((resolve) => (kill = resolve))
  let isDead = false
  const forever = new Promise<never>(() => undefined)
  const fetch: EngineDeps['fetch'] = async (url, init) => {
    if (isDead) return forever
    const response = await api.fetch(url, init)
    return isDead ? forever : response
  }
  const request = async (name: string, options: LockOptions, use: LockGrantedCallback<unknown>) => {
    const used = await navigator.locks.request(name, options, (lock) => Promise.race([use(lock), killed]))
    return isDead ? forever : used
  }
  const locks = { request, query: () => navigator.locks.query() } as LockManager
  return {
    deps: { fetch, locks },
    kill() {
      isDead = true
      kill()
    },
  }
}
