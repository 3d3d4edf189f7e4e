/** The open Streams of this instance: opened, kept alive, watched over, closed. */
import type { ServerResponse } from 'node:http'
import type { RunId } from '../../wire/ids.ts'
import type { Bus } from '../bus/bus.ts'
import { isOutage, within } from '../db/outage.ts'
import type { SecurityHeaders } from '../http/headers.ts'
import { problem } from '../http/problem.ts'
import { errorFields } from '../log.ts'
import { type DeviceMessage, deviceTopic } from './messages.ts'
import { openRun } from './runs.ts'
import { selectHeldNumbers, selectWaiting } from './sql.ts'
import { Stream, type StreamDeps } from './stream.ts'

export interface StreamsDeps extends StreamDeps {
  readonly bus: Pick<Bus, 'publish' | 'subscribe' | 'onRecovered' | 'healthy'>
  readonly headers: SecurityHeaders
  /** Those of these Devices that are active. */
  readonly activeAmong: (deviceIds: readonly string[]) => Promise<ReadonlySet<string>>
}

export interface Streams {
  /** Answers on the raw response: nothing may write to it afterwards. @throws Problem before anything is written. */
  open(deviceId: string, query: StreamOpening, out: ServerResponse): Promise<void>
  /** Every Stream says `bye`. */
  close(): void
}

export interface StreamOpening {
  readonly runId: RunId
  readonly lastRunId?: RunId | undefined
}

/** Shorter than the minute after which proxies and networks forget a silent connection. */
const HEARTBEAT_MS = 15_000
const WATCH_TICK_MS = 250
/** Shorter than a client waits for its Stream. */
const OPEN_MS = 5000
/** While the bus is down the Mailbox is the only way in. */
const WATCH_DOWN_MS = 2000
/** While it is up: what it loses, it loses without a word. */
const WATCH_UP_MS = 30_000
const DEVICES_A_QUERY = 1000

export function createStreams(deps: StreamsDeps): Streams {
  const open = new Map<string, Stream>()
  const watch = watchMailboxes(deps, open)
  const heartbeat = setInterval(() => {
    for (const stream of open.values()) stream.beat()
  }, HEARTBEAT_MS)
  heartbeat.unref()
  let isClosing = false
  return {
    open: async (deviceId, { runId, lastRunId }, out) => {
      if (isClosing) throw problem('unavailable', { retryAfterS: 1 })
      // What happens after that is repeated with the same run.
      const number = await within(OPEN_MS, openRun(deps.sql, deviceId, lastRunId ?? null, runId))
      const stream = new Stream(deps, deviceId, number, out)
      await begin(deps, open, stream, out)
      if (isClosing) stream.end('shutdown')
    },
    close: () => {
      isClosing = true
      clearInterval(heartbeat)
      watch.stop()
      for (const stream of open.values()) stream.end('shutdown')
    },
  }
}

/** Listens before it reads: what is committed from now on is told, what was committed before is read. */
async function begin(
  deps: StreamsDeps,
  open: Map<string, Stream>,
  stream: Stream,
  out: ServerResponse,
): Promise<void> {
  if (out.destroyed) return
  out.writeHead(200, { ...deps.headers, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
  out.write(':\n\n')
  const topic = deviceTopic(stream.deviceId)
  const subscribed = deps.bus.subscribe(topic, (message) => stream.hear(message))
  out.once('close', () => {
    stream.closed()
    if (open.get(stream.deviceId) === stream) open.delete(stream.deviceId)
    void subscribed.then((unsubscribe) => unsubscribe())
  })
  await subscribed
  if (out.destroyed) return
  const before = open.get(stream.deviceId)
  if (before !== undefined && before.number > stream.number) return stream.end('replaced')
  before?.end('replaced')
  open.set(stream.deviceId, stream)
  const message: DeviceMessage = { kind: 'opened', number: stream.number, stream: stream.id }
  void deps.bus.publish(topic, message)
  stream.start()
}

/** Finds what no message told: Envelopes waiting, runs opened elsewhere, Devices revoked. One query for a thousand Streams. */
function watchMailboxes(deps: StreamsDeps, open: ReadonlyMap<string, Stream>): { stop(): void } {
  let dueMs = 0
  let isWatching = false
  const plan = () => {
    const everyMs = deps.bus.healthy() ? WATCH_UP_MS : WATCH_DOWN_MS
    return performance.now() + everyMs * (0.75 + Math.random() / 2)
  }
  const watch = async () => {
    isWatching = true
    // Before it looks: what makes the next look due meanwhile must not be forgotten.
    dueMs = plan()
    try {
      await look(deps, open)
    } catch (error) {
      if (!isOutage(error)) deps.log.error('stream_watch', errorFields(error))
    }
    isWatching = false
  }
  let wasHealthy = true
  const timer = setInterval(() => {
    // The bus went down: the pause that was planned is too long.
    if (wasHealthy && !deps.bus.healthy()) dueMs = plan()
    wasHealthy = deps.bus.healthy()
    if (!isWatching && performance.now() >= dueMs) void watch()
  }, WATCH_TICK_MS)
  timer.unref()
  deps.bus.onRecovered(() => {
    dueMs = 0
  })
  return { stop: () => clearInterval(timer) }
}

async function look({ sql, activeAmong }: StreamsDeps, open: ReadonlyMap<string, Stream>): Promise<void> {
  const all = [...open.keys()]
  for (let at = 0; at < all.length; at += DEVICES_A_QUERY) {
    const deviceIds = all.slice(at, at + DEVICES_A_QUERY)
    const active = await activeAmong(deviceIds)
    const numbers = await selectHeldNumbers(sql, deviceIds)
    const waiting = new Set(await selectWaiting(sql, deviceIds))
    for (const deviceId of deviceIds) {
      const stream = open.get(deviceId)
      if (stream === undefined) continue
      if (!active.has(deviceId)) stream.end('revoked')
      else if ((numbers.get(deviceId) ?? 0) > stream.number) stream.end('replaced')
      else if (waiting.has(deviceId)) stream.rescan()
    }
  }
}
