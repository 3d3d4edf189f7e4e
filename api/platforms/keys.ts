/** The public keys by which a Platform signs Grants: pasted ones from the database, others from its JWKS URL. */
import * as z from 'zod/mini'
import { problem } from '../http/problem.ts'
import { publicJwk, type PublicJwk } from './record.ts'

const KEPT_MS = 24 * 3_600_000
/** An unknown kid asks the Platform again at most this often: anyone can make up a kid. */
const REFETCH_AFTER_MS = 30_000
const RETRY_AFTER_MS = 2_000
const FETCH_TIMEOUT_MS = 5_000
const MAX_JWKS_BYTES = 64 * 1024

/** Keys of kinds that we do not take are passed over. */
const keySet = z.object({ keys: z.array(z.unknown()).check(z.maxLength(32)) })

interface CachedKeys {
  readonly keys: ReadonlyMap<string, PublicJwk>
  readonly fetchedMs: number
}

export interface RemoteKeys {
  /** @returns undefined when the Platform does not publish such a key; throws the Problem `unavailable` when it cannot be asked. */
  find(jwksUrl: string, kid: string): Promise<PublicJwk | undefined>
}

export function createRemoteKeys(now: () => number): RemoteKeys {
  const cache = new Map<string, CachedKeys>()
  const failedMs = new Map<string, number>()
  const running = new Map<string, Promise<CachedKeys>>()

  const refresh = (jwksUrl: string): Promise<CachedKeys> => {
    const known = running.get(jwksUrl)
    if (known !== undefined) return known
    const fetching = fetchKeys(jwksUrl)
      .then((keys) => {
        const fetched = { keys, fetchedMs: now() }
        cache.set(jwksUrl, fetched)
        return fetched
      })
      .catch((error: unknown) => {
        failedMs.set(jwksUrl, now())
        throw error
      })
      .finally(() => running.delete(jwksUrl))
    running.set(jwksUrl, fetching)
    return fetching
  }

  return {
    find: async (jwksUrl, kid) => {
      const cached = cache.get(jwksUrl)
      const ageMs = cached === undefined ? Infinity : now() - cached.fetchedMs
      const known = ageMs < KEPT_MS ? cached?.keys.get(kid) : undefined
      if (known !== undefined) return known
      if (ageMs < REFETCH_AFTER_MS) return undefined
      if (now() - (failedMs.get(jwksUrl) ?? -Infinity) < RETRY_AFTER_MS)
        throw problem('unavailable', { retryAfterS: 2 })
      return (await refresh(jwksUrl)).keys.get(kid)
    },
  }
}

async function fetchKeys(jwksUrl: string): Promise<ReadonlyMap<string, PublicJwk>> {
  try {
    const answer = await fetch(jwksUrl, {
      redirect: 'error',
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      headers: { accept: 'application/json' },
    })
    if (!answer.ok) throw new Error('the Platform did not answer with its keys')
    const { keys } = z.parse(keySet, JSON.parse(await readUpTo(answer, MAX_JWKS_BYTES)))
    const usable = keys
      .map((key) => publicJwk.safeParse(key))
      .flatMap((key) => (key.success ? [key.data] : []))
    return new Map(usable.map((key) => [key.kid, key]))
  } catch {
    throw problem('unavailable', { retryAfterS: 2 })
  }
}

async function readUpTo(answer: Response, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of answer.body ?? []) {
    const bytes = part as Uint8Array
    size += bytes.length
    if (size > maxBytes) throw new Error('the key set is too large')
    parts.push(bytes)
  }
  return Buffer.concat(parts).toString('utf8')
}
