/** Composition root of an engine: one per tab's worker, one in the service worker, any number in a test. */
import { createClock } from './clock.ts'
import { acceptRequest, block, markRead, saveDraft, saveProfile, unblock } from './contacts.ts'
import { brand, changed, loadOwn, OWN_KEYS, wake, type Core, type Own } from './core.ts'
import type { Engine, SignInResult } from './engine.ts'
import { lead, leadOnce } from './leader.ts'
import { changeLink, makeLink, rotateLink } from './links.ts'
import { createLocks } from './lock.ts'
import { dismissPending, openLink, resolvePending } from './openLink.ts'
import { DEFAULT_SETTINGS, query, type Moment } from './queries.ts'
import type { AppSnapshot, QueryKey, Snapshot } from './read.ts'
import { createRemote } from './remote.ts'
import { cancelSend, retrySend, sendText, startConversation } from './send.ts'
import { createSignals, type Signal } from './signal.ts'
import { beginSignIn, finishSignIn } from './signIn.ts'
import { openDatabase } from './store/idb.ts'
import { StorageError } from './store/port.ts'
import { change, createStore } from './store/store.ts'
import { openVault } from './store/vault.ts'
import { createWatcher } from './watch.ts'

export interface EngineDeps {
  /** Names the database, the locks and the channel: one Device. */
  readonly name: string
  readonly origin: string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly nowMs: () => number
  readonly locks: LockManager
  readonly channel: (name: string) => BroadcastChannel
}

export interface RunningEngine {
  readonly engine: Engine
  watch(key: QueryKey, take: (snapshot: unknown) => unknown): void
  unwatch(key: QueryKey): void
  read<K extends QueryKey>(key: K): Promise<Snapshot<K>>
  /** Background sync: empties the Outbox if no tab does. @returns false when something still waits. */
  syncOnce(signal: AbortSignal): Promise<boolean>
  close(): Promise<void>
}

export function createEngine(deps: EngineDeps): RunningEngine {
  const closing = new AbortController()
  const signals = createSignals(deps.channel(deps.name))
  let moment: Moment = { phase: 'starting', connection: 'connecting', caughtUp: false }
  let starting: Promise<Core> | null = null
  let leading: Promise<void> = Promise.resolve()
  let restarting: Promise<void> = Promise.resolve()
  let tenure = new AbortController()
  let failure: AppSnapshot['stop'] = null

  const watcher = createWatcher((key) => read(key), closing.signal)
  const setMoment = (next: Partial<Moment>) => {
    moment = { ...moment, ...next }
    watcher.changed(['app'])
  }

  signals.listen((signal: Signal) => {
    if (signal.type === 'changed') watcher.changed(signal.keys)
    if (signal.type === 'status') setMoment(signal.status)
    if (signal.type === 'restart') void restart()
  })

  function core(): Promise<Core> {
    starting ??= open(deps, signals, () => void restart())
    return starting
  }

  async function start(): Promise<void> {
    try {
      const opened = await core()
      if (moment.phase === 'starting') setMoment({ phase: null })
      if (tenure.signal.aborted) tenure = new AbortController()
      leading = lead(opened, AbortSignal.any([tenure.signal, closing.signal]))
      signals.send({ type: 'ask_status' })
    } catch (error) {
      failure = stopOf(error)
      starting = null
      watcher.changed(['app'])
    }
  }

  /** The database went away under this context: erased by another tab, or waiting for newer code. */
  function restart(): Promise<void> {
    // One after the other: a second one in the middle would close the database that the first has just opened.
    restarting = restarting.then(restartAlone, restartAlone)
    return restarting
  }

  async function restartAlone(): Promise<void> {
    if (!started || closing.signal.aborted) return
    await release()
    setMoment({ phase: 'starting', connection: 'connecting', caughtUp: false })
    await start()
    watcher.changedAll()
  }

  async function release(): Promise<void> {
    tenure.abort()
    await leading
    const opened = await starting?.catch(() => null)
    starting = null
    opened?.store.db.close()
  }

  async function read<K extends QueryKey>(key: K): Promise<Snapshot<K>> {
    if (failure) return stoppedSnapshot(key, failure) as Snapshot<K>
    if (!started) return stoppedSnapshot(key, null) as Snapshot<K>
    return query(await core(), key, moment)
  }

  let started = false
  const startOnce = async () => {
    if (started) return
    started = true
    await start()
  }
  const own = async (): Promise<Own | null> => (await core()).own()

  async function signIn(fragment: string): Promise<SignInResult> {
    const opened = await core()
    setMoment({ phase: 'signing_in' })
    const wasSignedIn = (await opened.own()) !== null
    const result = await finishSignIn(opened, fragment)
    const isAnother = wasSignedIn && !result.ok && result.failure === 'grant_refused'
    setMoment({ phase: isAnother ? 'another_account' : null })
    if (!result.ok) return result
    wake(opened)
    if (await opened.store.meta.get('pendingLink')) void resolvePending(opened)
    return result
  }

  async function signOut(): Promise<void> {
    const opened = await core()
    tenure.abort()
    await leading
    await opened.store.db.destroy()
    starting = null
    signals.send({ type: 'restart' })
  }

  const engine: Engine = {
    start: startOnce,
    openLink: async (text) => openLink(await core(), text),
    dismissPendingLink: async () => dismissPending(await core()),
    beginSignIn: async (returnUrl) => {
      if (failure)
        return { ok: false, failure: failure === 'storage_blocked' ? failure : 'unsupported_browser' }
      return beginSignIn(await core(), returnUrl)
    },
    finishSignIn: (fragment) => signIn(fragment),
    signOut,
    sendText: async (conversationId, text) => sendText(await core(), conversationId, text),
    startConversation: async (text) => startConversation(await core(), await own(), text),
    retrySend: async (messageId) => retrySend(await core(), messageId),
    cancelSend: async (messageId) => cancelSend(await core(), messageId),
    saveDraft: async (conversationId, text) => saveDraft(await core(), conversationId, text),
    markRead: async (conversationId, upTo) => markRead(await core(), conversationId, upTo),
    acceptRequest: async (conversationId) => acceptRequest(await core(), conversationId),
    block: async (conversationId) => block(await core(), conversationId),
    unblock: async (conversationId) => unblock(await core(), conversationId),
    makeLink: async (input) => makeLink(await core(), input),
    changeLink: async (lookup, edit) => changeLink(await core(), lookup, edit),
    rotateLink: async (lookup) => rotateLink(await core(), lookup),
    saveProfile: async ({ name }) => saveProfile(await core(), name),
    async saveSettings(edit) {
      const opened = await core()
      await change(opened.store, async () => {
        const held = await opened.store.meta.held('settings')
        const settings = { ...DEFAULT_SETTINGS, ...held?.value, ...edit }
        return { writes: [await opened.store.meta.write('settings', settings, held)], result: null }
      })
      changed(opened, 'app', 'conversations')
    },
    async notePersistence(persisted) {
      const opened = await core()
      await opened.store.db.commit([await opened.store.meta.write('persisted', { persisted })])
      changed(opened, 'app')
    },
  }

  return {
    engine,
    watch: (key, take) => watcher.watch(key, take),
    unwatch: (key) => watcher.unwatch(key),
    read,
    async syncOnce(signal) {
      const opened = await core()
      const device = await opened.own()
      if (!device || !(await leadOnce(opened, device, signal))) return true
      return (await opened.store.outbox.count()) === 0
    },
    async close() {
      closing.abort()
      await restarting
      await release()
      signals.close()
    },
  }
}

async function open(deps: EngineDeps, signals: Core['signals'], onOutdated: () => void): Promise<Core> {
  const db = await openDatabase(deps.name, onOutdated).catch((error: unknown) => {
    throw new StorageError(
      error instanceof DOMException && error.name === 'VersionError' ? 'outdated' : 'blocked',
    )
  })
  const store = createStore(db, await openVault(db))
  await checkCanary(store)
  const clock = createClock(deps.nowMs)
  const remote = createRemote({
    fetch: deps.fetch,
    origin: deps.origin,
    clock,
    async device() {
      const [record, login] = await Promise.all([store.meta.get('device'), store.vault.login(OWN_KEYS.login)])
      if (!record?.created || !login) return null
      return { login, request: { accountId: brand(record.accountId), deviceId: brand(record.deviceId) } }
    },
    async onLogin({ entitlement }) {
      const known = await store.meta.get('entitlement')
      if (known && known.version >= entitlement.version) return
      await store.db.commit([await store.meta.write('entitlement', entitlement)])
      signals.send({ type: 'changed', keys: ['app'] })
    },
  })
  const locks = createLocks(deps.locks, deps.name)
  return { origin: deps.origin, store, remote, locks, signals, clock, own: () => loadOwn(store) }
}

/** A row that was sealed at the first start and must still open: a database that another KEK wrote is not this Device's. */
async function checkCanary(store: Core['store']): Promise<void> {
  if (await store.meta.get('canary')) return
  await store.db.commit([await store.meta.write('canary', { made: 1 }, null)])
}

function stopOf(error: unknown): NonNullable<AppSnapshot['stop']> {
  return error instanceof StorageError ? STOPS[error.word] : 'self_test_failed'
}

const STOPS = {
  unsupported: 'unsupported_browser',
  blocked: 'storage_blocked',
  damaged: 'self_test_failed',
  outdated: 'update_needed',
} as const

function stoppedSnapshot(key: QueryKey, stop: AppSnapshot['stop']): unknown {
  if (key !== 'app') return key.startsWith('conversation:') ? null : []
  const snapshot: AppSnapshot = {
    phase: stop ? 'stopped' : 'starting',
    stop,
    connection: 'connecting',
    caughtUp: false,
    platform: null,
    account: null,
    entitlement: null,
    pendingLink: null,
    storage: { persisted: false, keys: 'unknown' },
    settings: DEFAULT_SETTINGS,
    outboxCount: 0,
    unreadCount: 0,
    requestCount: 0,
  }
  return snapshot
}
