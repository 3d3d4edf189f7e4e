/** Delivery: Envelopes relayed, stored, streamed, acknowledged, expired. */
import { randomBytes } from 'node:crypto'
import type { Hono, MiddlewareHandler } from 'hono'
import type { SigchainEntry } from '../../wire/sigchain.ts'
import type { Bus } from '../bus/bus.ts'
import { isOutage, throughOutage } from '../db/outage.ts'
import type { Sql } from '../db/sql.ts'
import type { Gate } from '../http/admission.ts'
import type { LoginEnv } from '../http/auth.ts'
import type { SecurityHeaders } from '../http/headers.ts'
import { errorFields, type Log } from '../log.ts'
import { sweep } from './expire.ts'
import { createHolds } from './holds.ts'
import { createMailbox, MAILBOX_QUOTA } from './mailbox.ts'
import { acknowledgedMessage, instanceTopic } from './messages.ts'
import type { DeliveryTarget } from './post.ts'
import { deliveryRoutes } from './routes.ts'
import type { MailboxQuota } from './sql.ts'
import { createStreams } from './streams.ts'

export type { DeliveryTarget } from './post.ts'
export type { MailboxQuota } from './sql.ts'

export interface DeliveryDeps {
  readonly sql: Sql
  readonly bus: Bus
  readonly log: Log
  readonly gate: Gate
  readonly requireLogin: MiddlewareHandler<LoginEnv>
  /** What a post is compared with. Undefined: the Account is gone. */
  readonly target: (accountId: string) => Promise<DeliveryTarget | undefined>
  readonly entriesAfter: (accountId: string, after: number) => Promise<readonly SigchainEntry[]>
  /** Those of these Devices that are active. */
  readonly activeAmong: (deviceIds: readonly string[]) => Promise<ReadonlySet<string>>
  /** Of every Stream's answer. */
  readonly headers: SecurityHeaders
  readonly holdMs: number
  readonly quota?: MailboxQuota
  readonly now: () => number
}

export interface Delivery {
  readonly routes: Hono
  /** Lets expire what is due. @returns how many Envelopes did. */
  sweep(): Promise<number>
  /** Streams say `bye`; what is held is acknowledged, or stored when its time is up. */
  close(): Promise<void>
}

const SWEEP_EVERY_MS = 60_000

export function createDelivery(deps: DeliveryDeps): Delivery {
  const { sql, bus, log, now } = deps
  const instanceId = randomBytes(12).toString('base64url')
  const mailbox = createMailbox(sql, deps.quota ?? MAILBOX_QUOTA)
  const ignoreOutage = (error: unknown) => {
    if (!isOutage(error)) log.error('delivery', errorFields(error))
  }
  // A row that outlives this failing is sent, and acknowledged, once more.
  const holds = createHolds((name) => void mailbox.remove(name).catch(ignoreOutage))
  const listening = bus.subscribe(instanceTopic(instanceId), (message) => {
    const heard = acknowledgedMessage.safeParse(message)
    if (heard.success) holds.acknowledge(heard.data.deviceId, heard.data.envelopeIds)
  })
  const streams = createStreams({ ...deps, mailbox })
  const sweeping = setInterval(() => void sweep(sql, now()).catch(ignoreOutage), SWEEP_EVERY_MS)
  sweeping.unref()
  const routes = deliveryRoutes({
    gate: deps.gate,
    requireLogin: deps.requireLogin,
    target: throughOutage(deps.target, { now }),
    streams,
    posting: { ...deps, holds, mailbox, instanceId },
    acknowledging: { bus, holds, mailbox, instanceId },
  })
  return {
    routes,
    sweep: () => sweep(sql, now()),
    close: async () => {
      clearInterval(sweeping)
      streams.close()
      await holds.settled()
      await (
        await listening
      )()
    },
  }
}
