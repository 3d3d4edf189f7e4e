/** The only SSE: one run of this Device's Stream, from its compare-and-swap to its end. */
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import {
  streamBye,
  streamCaughtUp,
  streamEnvelope,
  streamGap,
  type StreamEnvelope,
} from '../../wire/stream.ts'
import { randomId, type Core, type Own } from './core.ts'
import { takeGap } from './gap.ts'
import { receive } from './receive.ts'
import type { RemoteFailure } from './remote.ts'
import type { RunRecord } from './store/records.ts'
import { change } from './store/store.ts'

/** `again`: connect at once. `pause`: after a while. `revoked` and `restored_copy` are for ever. */
export type StreamEnd = 'again' | 'pause' | 'revoked' | 'restored_copy'

export interface StreamHooks {
  /** The run is this Device's: only now may anything be posted. */
  opened(): void
  caughtUp(): void
}

/** The API speaks at least this often, if only to say that it is there. */
const SILENCE_MS = 75_000
/** Envelopes in one transaction. */
const BATCH = 64
const RUNS_KEPT = 1_000

export async function runStream(
  core: Core,
  own: Own,
  hooks: StreamHooks,
  signal: AbortSignal,
): Promise<StreamEnd> {
  const run = await pendingRun(core)
  if (!run) return 'pause'
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(), SILENCE_MS)
  const opened = await core.remote
    .stream(run.pending, run.held, AbortSignal.any([signal, silence.signal]))
    .finally(() => clearTimeout(timer))
  if (!opened.ok) return endOf(core, run, opened)
  await saveRun(core, { held: run.pending, pending: null, made: run.made })
  hooks.opened()
  try {
    return await readStream(core, own, opened.value, hooks, silence)
  } catch {
    return 'again'
  } finally {
    silence.abort()
  }
}

type PendingRun = RunRecord & { readonly pending: string }

/**
 * Stored before it is sent, and sent again until it is answered.
 *
 * @returns null without room for it: an id that the API holds and this database does not would look like a copy's.
 */
async function pendingRun(core: Core): Promise<PendingRun | null> {
  const run = (await core.store.meta.get('run')) ?? { held: null, pending: null, made: [] }
  const pending = run.pending ?? randomId()
  const made = run.made.includes(pending) ? run.made : [...run.made, pending].slice(-RUNS_KEPT)
  const next = { held: run.held, pending, made }
  return (await saveRun(core, next)) ? next : null
}

/** @returns null when there is no room. */
function saveRun(core: Core, run: RunRecord): Promise<true | null> {
  return change(core.store, async () => ({ writes: [await core.store.meta.write('run', run)], result: true }))
}

async function endOf(core: Core, run: PendingRun, answer: RemoteFailure): Promise<StreamEnd> {
  if (answer.failure === 'device_revoked') return 'revoked'
  if (answer.failure !== 'run_conflict') return 'pause'
  const held = answer.heldRunId ?? null
  // An id that this database made, or none: the API went back, which harms nobody here. Any other was made by a copy.
  if (held !== null && !run.made.includes(held)) return 'restored_copy'
  return (await saveRun(core, { ...run, held })) ? 'again' : 'pause'
}

async function readStream(
  core: Core,
  own: Own,
  response: Response,
  hooks: StreamHooks,
  silence: AbortController,
): Promise<StreamEnd> {
  const events: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (event) => events.push(event) })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) return 'pause'
  for (;;) {
    const timer = setTimeout(() => silence.abort(), SILENCE_MS)
    const { done, value } = await reader.read().finally(() => clearTimeout(timer))
    if (done) return 'again'
    parser.feed(value)
    const end = await takeEvents(core, own, events.splice(0), hooks)
    if (end) return end
  }
}

async function takeEvents(
  core: Core,
  own: Own,
  events: readonly EventSourceMessage[],
  hooks: StreamHooks,
): Promise<StreamEnd | null> {
  let waiting: StreamEnvelope[] = []
  const takeWaiting = async () => {
    const batch = waiting
    waiting = []
    return batch.length === 0 || takeBatch(core, own, batch)
  }
  for (const event of events) {
    const data = parseJson(event.data)
    if (event.event === 'envelope') {
      const envelope = streamEnvelope.safeParse(data)
      if (envelope.success) waiting.push(envelope.data)
      if (waiting.length >= BATCH && !(await takeWaiting())) return 'pause'
      continue
    }
    if (!(await takeWaiting())) return 'pause'
    const end = await takeOther(core, event.event, data, hooks)
    if (end) return end
  }
  return (await takeWaiting()) ? null : 'pause'
}

async function takeOther(
  core: Core,
  name: string | undefined,
  data: unknown,
  hooks: StreamHooks,
): Promise<StreamEnd | null> {
  if (name === 'caught_up' && streamCaughtUp.safeParse(data).success) hooks.caughtUp()
  if (name === 'gap') {
    const gap = streamGap.safeParse(data)
    if (gap.success) await takeGap(core, gap.data)
  }
  const bye = name === 'bye' ? streamBye.safeParse(data) : null
  if (!bye?.success) return null
  switch (bye.data.reason) {
    case 'revoked':
      return 'revoked'
    case 'suspended':
      return 'pause'
    default:
      return 'again'
  }
}

/** Acknowledged only after the commit: before it, a crash would lose what the API forgot. */
async function takeBatch(core: Core, own: Own, batch: readonly StreamEnvelope[]): Promise<boolean> {
  if (!(await receive(core, own, batch))) return false
  const acknowledgements = batch
    .filter(({ ephemeral }) => !ephemeral)
    .map(({ envelopeId, receipt }) => ({ envelopeId, receipt }))
  // Not waited for: an Acknowledge that is lost brings the Envelope again, and it is known then.
  if (acknowledgements.length > 0) void core.remote.acknowledge(acknowledgements)
  return true
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}
