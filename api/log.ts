/** Structured log lines on stderr. Only fields of a fixed list are written, so that nothing about a Person can slip in. */
import { inspect } from 'node:util'
import { destination, pino } from 'pino'

/** A value that prints as `[redacted]` wherever it is printed, interpolated or serialised. */
export class Secret<T> {
  readonly #value: T
  constructor(value: T) {
    this.#value = value
  }
  reveal(): T {
    return this.#value
  }
  toString(): string {
    return '[redacted]'
  }
  toJSON(): string {
    return '[redacted]'
  }
  [inspect.custom](): string {
    return '[redacted]'
  }
}

/** Everything a log line may say. No ids of Accounts or Devices, no addresses, no bodies, no URL. */
export interface LogFields {
  readonly method?: string
  /** The pattern, as in `/v1/accounts/:accountId/sigchain`. */
  readonly route?: string
  readonly status?: number
  readonly durationMs?: number
  readonly code?: string
  readonly directive?: string
  readonly platform?: string
  readonly errorName?: string
  readonly errorCode?: string
  /** Stack frames without the message: a message may quote a value. */
  readonly frames?: readonly string[]
  readonly count?: number
}

const ALLOWED: ReadonlySet<string> = new Set([
  'method',
  'route',
  'status',
  'durationMs',
  'code',
  'directive',
  'platform',
  'errorName',
  'errorCode',
  'frames',
  'count',
])

export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

export interface LogSink {
  write(line: string): void
}

export function createLog(level: string, sink: LogSink = destination({ fd: 2, sync: true })): Log {
  const logger = pino({ level, base: null, formatters: { log: onlyAllowed } }, sink)
  return {
    debug: (event, fields) => logger.debug(fields ?? {}, event),
    info: (event, fields) => logger.info(fields ?? {}, event),
    warn: (event, fields) => logger.warn(fields ?? {}, event),
    error: (event, fields) => logger.error(fields ?? {}, event),
  }
}

/** What may be said of any thrown value: its kind and where it came from. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { errorName: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const stack = error.stack ?? ''
  const frames = stack
    .slice(stack.indexOf(error.message) + error.message.length)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .map((line) => line.trim())
  return { errorName: error.name, ...(code === undefined ? {} : { errorCode: code }), frames }
}

function onlyAllowed(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => ALLOWED.has(name)))
}
