/** How much one address, Device, Account, Platform or Capability may ask, counted across instances. */
import { createHmac } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Context, MiddlewareHandler } from 'hono'
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import type { Bus } from '../bus/bus.ts'
import type { LimitConfig } from '../config.ts'
import type { Secret } from '../log.ts'
import { problem } from './problem.ts'

export interface Limits {
  /** Before authentication, on routes that anyone may ask. */
  readonly byAddress: MiddlewareHandler
  /** @throws Problem `too_many` */
  byLogin(login: {
    readonly platformId: string
    readonly accountId: string
    readonly deviceId: string
  }): Promise<void>
  /** @throws Problem `too_many` */
  byCapability(hash: string): Promise<void>
  /** For a Capability or Ticket that admits to nothing: each guess has a name of its own, whoever guesses has not. @throws Problem `too_many` */
  byGuess(c: Context): Promise<void>
  /** Takes one of the first contacts that this Account may start by this ContactLink today; forgotten tomorrow. */
  takeLinkStart(lookup: string, accountId: string): Promise<boolean>
}

export interface LimitDeps {
  readonly bus: Pick<Bus, 'limiter'>
  readonly limits: LimitConfig
  /** Counters are named by an HMAC under a key of the day, so that what is left in the store names nobody. */
  readonly secret: Secret<string>
  readonly trustProxy: boolean
  readonly now: () => number
}

const DAY_S = 86_400

export function createLimits({ bus, limits, secret, trustProxy, now }: LimitDeps): Limits {
  const perMinute = (keyPrefix: string, points: number) => bus.limiter({ keyPrefix, points, durationS: 60 })
  const address = perMinute('address', limits.address)
  const guess = perMinute('guess', limits.address)
  const device = perMinute('device', limits.device)
  const account = perMinute('account', limits.account)
  const platform = perMinute('platform', limits.platform)
  const capability = perMinute('capability', limits.capability)
  const linkStarts = bus.limiter({ keyPrefix: 'link', points: limits.linkStartsADay, durationS: DAY_S })
  const nameOf = (...parts: readonly string[]) => {
    const day = String(Math.floor(now() / 1000 / DAY_S))
    const dayKey = createHmac('sha256', secret.reveal()).update(`limits/${day}`).digest()
    return createHmac('sha256', dayKey).update(JSON.stringify(parts)).digest('base64url')
  }
  const spend = async (limiter: RateLimiterAbstract, id: string) => {
    const refused = await consume(limiter, nameOf(id))
    if (refused !== null) throw problem('too_many', { retryAfterS: refused.retryAfterMs / 1000 })
  }
  return {
    byAddress: async (c, next) => {
      await spend(address, addressOf(c, trustProxy))
      await next()
    },
    // One after the other: what one Device asks beyond its own limit must not use up those it shares.
    byLogin: async (login) => {
      await spend(device, login.deviceId)
      await spend(account, login.accountId)
      await spend(platform, login.platformId)
    },
    byCapability: (hash) => spend(capability, hash),
    byGuess: (c) => spend(guess, addressOf(c, trustProxy)),
    takeLinkStart: async (lookup, accountId) =>
      (await consume(linkStarts, nameOf(lookup, accountId))) === null,
  }
}

/** @returns null when a point was left. */
async function consume(
  limiter: RateLimiterAbstract,
  name: string,
): Promise<{ readonly retryAfterMs: number } | null> {
  try {
    await limiter.consume(name)
    return null
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return { retryAfterMs: refusal.msBeforeNext }
    throw refusal
  }
}

function addressOf(c: Context, trustProxy: boolean): string {
  const forwarded = trustProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined
  const address =
    forwarded ?? (c.env as NodeBindings | undefined)?.incoming?.socket.remoteAddress ?? 'unknown'
  return networkOf(address)
}

/** A whole IPv6 network counts as one address: a single customer usually has 2^64 of them. A port, as some proxies add it, counts for nothing. */
export function networkOf(address: string): string {
  const plain = address
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
  if (!isIPv6(plain)) return plain
  const [before = [], after = []] = plain.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  const groups = [...before, ...zeros, ...after].slice(0, 4)
  return groups.map((group) => parseInt(group, 16).toString(16)).join(':')
}

interface NodeBindings {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string } }
}
