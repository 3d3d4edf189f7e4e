/** How much one address, Device, Account, Platform or Capability may ask, counted across instances. */
import { createHmac } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import type { Bus } from '../bus/bus.ts'
import type { LimitConfig } from '../config.ts'
import type { Secret } from '../log.ts'
import { problem } from './problem.ts'

export interface Limits {
  /** Before authentication, on every route. */
  readonly byAddress: MiddlewareHandler
  /** @throws Problem `too_many` */
  byLogin(login: {
    readonly platformId: string
    readonly accountId: string
    readonly deviceId: string
  }): Promise<void>
  /** @throws Problem `too_many` */
  byCapability(hash: string): Promise<void>
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
    byLogin: async (login) => {
      await Promise.all([
        spend(device, login.deviceId),
        spend(account, login.accountId),
        spend(platform, login.platformId),
      ])
    },
    byCapability: (hash) => spend(capability, hash),
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

/** A whole IPv6 network counts as one address: a single customer usually has 2^64 of them. */
function addressOf(c: Context, trustProxy: boolean): string {
  const forwarded = trustProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined
  const address =
    forwarded ?? (c.env as NodeBindings | undefined)?.incoming?.socket.remoteAddress ?? 'unknown'
  const unmapped = address.replace(/^::ffff:(?=\d+\.)/, '')
  return unmapped.includes(':') ? unmapped.split(':').slice(0, 4).join(':') : unmapped
}

interface NodeBindings {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string } }
}
