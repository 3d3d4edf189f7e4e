/** Answers kept for the time in which the database is away, so that a Relay goes on without it. */

/** Connection refused, lost, or no answer; a name or a network that is gone with its server; a server that takes no writes. */
const OUTAGE_CODES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  '08006', // the connection failed
  '25006', // read-only: a server that is primary no more
  '53100', // the disk is full
  '53200', // out of memory
  '53300', // too many connections
  '57014', // the statement took too long
  '57P01', // shutting down
  '57P02', // crashed
  '57P03', // starting
])

/** A store that cannot be used now, and may be in a moment. */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    OUTAGE_CODES.has(error.code)
  )
}

export interface OutageOptions {
  readonly now: () => number
  /** How old an answer may get: what it says cannot change while the database is away, but could have a moment before. */
  readonly keptMs?: number
  /** A database that gives no answer for so long counts as away, for a question it has answered before. */
  readonly patienceMs?: number
  /** The same for a question it has not: shorter than a client waits. */
  readonly firstPatienceMs?: number
}

const KEPT_MS = 10 * 60_000
const PATIENCE_MS = 1500
const FIRST_PATIENCE_MS = 5000
const MAX_KEPT = 50_000

/** While the database is away, how often it is asked whether it is back: what is asked of it meanwhile piles up. */
const ASK_AWAY_EVERY_MS = 500

/**
 * The database is always asked while it answers; its last answer counts only when it cannot be reached.
 *
 * @throws what `ask` throws, when there is no answer to fall back on.
 */
export function throughOutage<T>(
  ask: (key: string) => Promise<T>,
  { now, keptMs = KEPT_MS, patienceMs = PATIENCE_MS, firstPatienceMs = FIRST_PATIENCE_MS }: OutageOptions,
): (key: string) => Promise<T> {
  const answers = new Map<string, { readonly answer: T; readonly atMs: number }>()
  let away: { readonly error: unknown; readonly askedMs: number } | null = null
  const keep = (key: string, answer: T) => {
    away = null
    answers.delete(key)
    answers.set(key, { answer, atMs: now() })
    if (answers.size > MAX_KEPT) answers.delete(answers.keys().next().value as string)
    return answer
  }
  return async (key) => {
    const last = answers.get(key)
    const kept = last !== undefined && now() - last.atMs <= keptMs ? last : null
    try {
      if (away !== null) {
        const sinceMs = now() - away.askedMs
        // A clock that was set back is no reason to wait.
        if (sinceMs >= 0 && sinceMs < ASK_AWAY_EVERY_MS) throw away.error
        away = { error: away.error, askedMs: now() }
      }
      const asked = ask(key).then((answer) => keep(key, answer))
      return await within(kept === null ? firstPatienceMs : patienceMs, asked)
    } catch (error) {
      if (!isOutage(error)) throw error
      away ??= { error, askedMs: now() }
      if (kept !== null) return kept.answer
      throw error
    }
  }
}

/** The database did not answer in time. What was asked may still happen. */
export class SqlTimeout extends Error {
  override readonly name = 'SqlTimeout'
  readonly code = 'ETIMEDOUT'
}

/** @throws SqlTimeout after `ms`; the query is not cancelled. */
export function within<T>(ms: number, query: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new SqlTimeout(`no answer within ${ms} ms`)), ms)
    query.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
