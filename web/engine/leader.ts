/** Exactly one context of a browser profile talks to the API: whoever holds the lock runs the Stream, the Outbox and the rest. */
import type { Core, Own } from './core.ts'
import { startFlusher } from './outbox.ts'
import { repeat } from './repeat.ts'
import { knownPlatform } from './signIn.ts'
import type { Status } from './signal.ts'
import type { StopReason } from './read.ts'
import { runStream, type StreamEnd } from './stream.ts'
import { tendAll, tendRights } from './tend.ts'
import { change } from './store/store.ts'
import { changed, wake } from './core.ts'

const STREAM_LOCK = 'stream'
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000

/** Waits for its turn, then leads until `signal`. */
export function lead(core: Core, signal: AbortSignal): Promise<void> {
  return core.locks
    .hold(STREAM_LOCK, () => keepConnected(core, signal), signal)
    .catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
}

/** Leads if nobody does, until the Stream has caught up and the Outbox is empty or cannot move. For background sync. */
export async function leadOnce(core: Core, own: Own, signal: AbortSignal): Promise<boolean> {
  const ended = new AbortController()
  const both = AbortSignal.any([signal, ended.signal])
  if (await core.store.meta.get('stop')) return false
  const led = await core.locks.tryHold(STREAM_LOCK, async () => {
    await stopAfter(core, await connect(core, own, both, () => ended.abort()))
    return true
  })
  if (!led) wake(core)
  return led ?? false
}

async function keepConnected(core: Core, signal: AbortSignal): Promise<void> {
  const answers = core.signals.listen((message) => {
    if (message.type === 'ask_status') core.signals.send({ type: 'status', status })
  })
  let status: Status = { connection: 'connecting', caughtUp: false }
  const tell = (next: Status) => {
    status = next
    core.signals.send({ type: 'status', status })
  }
  let failures = 0
  /** @returns how the Stream ended; null after waiting for something to connect with. */
  const turn = async (): Promise<StreamEnd | null> => {
    const own = await core.own()
    if (await core.store.meta.get('stop')) {
      await nextWake(core, signal, null)
      return null
    }
    if (!own) {
      const platform = await knownPlatform(core)
      tell({ connection: platform ? 'online' : 'offline', caughtUp: false })
      await nextWake(core, signal, platform ? null : LONGEST_PAUSE_MS)
      return null
    }
    tell({ connection: isOnline() ? 'connecting' : 'offline', caughtUp: false })
    return connect(core, own, signal, null, {
      opened: () => {
        failures = 0
        tell({ connection: 'online', caughtUp: false })
      },
      caughtUp: () => tell({ connection: 'online', caughtUp: true }),
    })
  }
  while (!signal.aborted) {
    // Nobody else would lead if a database that fails once ended this.
    const end = await turn().catch((): StreamEnd => 'pause')
    if (signal.aborted) break
    if (end === null) continue
    failures += 1
    await after(core, end, failures, signal, tell)
  }
  answers()
}

async function after(
  core: Core,
  end: StreamEnd,
  failures: number,
  signal: AbortSignal,
  tell: (status: Status) => void,
): Promise<void> {
  if (await stopAfter(core, end)) return
  tell({ connection: end === 'pause' ? 'offline' : 'connecting', caughtUp: false })
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10))
  await nextWake(core, signal, end === 'again' && failures === 1 ? 50 : full / 2 + (Math.random() * full) / 2)
}

/** @returns whether this Device may never connect again. */
async function stopAfter(core: Core, end: StreamEnd): Promise<boolean> {
  if (end !== 'revoked' && end !== 'restored_copy') return false
  await stop(core, end === 'revoked' ? 'device_revoked' : 'restored_copy')
  return true
}

export async function stop(core: Core, reason: StopReason): Promise<void> {
  await change(core.store, async () => ({
    writes: [await core.store.meta.write('stop', { stop: reason })],
    result: null,
  }))
  changed(core, 'app')
}

interface ConnectHooks {
  opened(): void
  caughtUp(): void
}

/** One run of the Stream. The Outbox and the rest move only while it is this Device's. */
async function connect(
  core: Core,
  own: Own,
  signal: AbortSignal,
  drained: (() => void) | null,
  hooks?: ConnectHooks,
): Promise<StreamEnd> {
  const over = new AbortController()
  const both = AbortSignal.any([signal, over.signal])
  const flusher = startFlusher(core, own, both)
  const tending = repeat(() => tendAll(core, own), both)
  const minding = repeat(() => tendRights(core, own), both)
  let isOpen = false
  const stopListening = core.signals.listen((message) => {
    if (message.type !== 'wake' || !isOpen) return
    flusher.kick()
    minding.kick()
  })
  const hooked = {
    opened() {
      isOpen = true
      hooks?.opened()
      flusher.kick()
      tending.kick()
    },
    caughtUp() {
      hooks?.caughtUp()
      if (drained)
        void flusher
          .idle()
          .then(() => flusher.idle())
          .then(drained)
    },
  }
  try {
    return await runStream(core, own, hooked, both)
  } finally {
    isOpen = false
    over.abort()
    stopListening()
    await Promise.all([flusher.idle(), tending.idle(), minding.idle()])
  }
}

const isOnline = (): boolean => globalThis.navigator?.onLine ?? true

/** Until a wake, the network's return, the end of `delayMs`, or `signal`. */
function nextWake(core: Core, signal: AbortSignal, delayMs: number | null): Promise<void> {
  return new Promise((resolve) => {
    // An abort that came before this would never come again.
    if (signal.aborted) return resolve()
    const timer = delayMs === null ? undefined : setTimeout(done, delayMs)
    const stopListening = core.signals.listen((message) => {
      if (message.type === 'wake') done()
    })
    globalThis.addEventListener('online', done)
    signal.addEventListener('abort', done)
    function done(): void {
      clearTimeout(timer)
      stopListening()
      globalThis.removeEventListener('online', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
