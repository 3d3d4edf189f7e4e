/** ContactLinks, and the Tickets that they yield. Nothing here says who drew a Ticket. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { LinkChange, LinkMake, LinkResolved } from '../../wire/contactLinks.ts'
import type { Tag, Ticket } from '../../wire/ids.ts'
import type { Queries, Sql } from '../db/sql.ts'
import type { Login } from '../http/auth.ts'
import type { Limits } from '../http/limits.ts'
import { problem } from '../http/problem.ts'
import type { Secret } from '../log.ts'
import type { Platforms } from '../platforms/index.ts'
import {
  claimLink,
  countOpenLinks,
  deleteExpiredTickets,
  deleteTickets,
  forgetFinalLinks,
  insertLink,
  insertTicket,
  selectLink,
  selectLinks,
  selectTicket,
  spendOnDevices,
  updateLink,
  type LinkInfo,
  type LinkRow,
  type TicketRow,
} from './sql.ts'

export { contactLinkRoutes } from './routes.ts'

export interface ContactLinks {
  make(login: Login, link: LinkMake): Promise<void>
  list(login: Login): Promise<readonly LinkInfo[]>
  change(login: Login, lookup: string, change: LinkChange): Promise<void>
  /** @throws Problem `link_gone`, the same for every reason; `too_many` for this Account's day */
  resolve(login: Login, lookup: string, auth: string): Promise<LinkResolved>
  ticket(hash: string): Promise<TicketRow | undefined>
  endTickets(login: Login, tags: readonly Tag[]): Promise<void>
  /** One for each of these Devices, all or none. @throws Problem `not_accepted` */
  spendEnvelopes(hash: string, deviceIds: readonly string[]): Promise<void>
  /** @returns the Devices for which a bundle was left. @throws Problem `not_accepted` when there are none */
  spendBundles(tx: Queries, hash: string, deviceIds: readonly string[]): Promise<readonly string[]>
}

export interface ContactLinkDeps {
  readonly sql: Sql
  readonly limits: Pick<Limits, 'takeLinkStart'>
  readonly platforms: Pick<Platforms, 'mayTalk'>
  readonly secret: Secret<string>
  readonly now: () => number
}

const MAX_LINKS = 200
const TICKET_LIFE_MS = 30 * 86_400_000
const MAX_BUNDLES_A_DEVICE = 3
const MAX_ENVELOPES_A_DEVICE = 20

export function createContactLinks(deps: ContactLinkDeps): ContactLinks {
  const { sql, now } = deps
  return {
    make: (login, link) => makeLink(sql, login, link),
    list: (login) => selectLinks(sql, login.accountId, MAX_LINKS),
    change: async (login, lookup, change) => {
      if (await updateLink(sql, login.accountId, lookup, change)) return
      const link = await selectLink(sql, lookup)
      throw problem(link?.accountId === login.accountId ? 'link_gone' : 'not_found')
    },
    resolve: (login, lookup, auth) => resolveLink(deps, login, lookup, auth),
    ticket: (hash) => selectTicket(sql, hash, now()),
    endTickets: (login, tags) => deleteTickets(sql, login.accountId, tags),
    spendEnvelopes: (hash, deviceIds) =>
      sql.transaction(async (tx) => {
        const counted = await spendOnDevices(tx, 'envelopes', hash, deviceIds, MAX_ENVELOPES_A_DEVICE)
        if (counted.length < deviceIds.length) throw problem('not_accepted')
      }),
    spendBundles: async (tx, hash, deviceIds) => {
      const counted = await spendOnDevices(tx, 'bundles', hash, deviceIds, MAX_BUNDLES_A_DEVICE)
      if (counted.length === 0) throw problem('not_accepted')
      return counted
    },
  }
}

/** The same one again changes nothing. */
async function makeLink(sql: Sql, login: Login, link: LinkMake): Promise<void> {
  const known = await selectLink(sql, link.lookup)
  if (known === undefined) {
    if ((await countOpenLinks(sql, login.accountId)) >= MAX_LINKS)
      throw problem('too_many', { retryAfterS: 3600 })
    await forgetFinalLinks(sql, login.accountId, MAX_LINKS)
    if (await insertLink(sql, login.accountId, link)) return
  }
  const made = known ?? (await selectLink(sql, link.lookup))
  const isSame =
    made?.accountId === login.accountId && made.authHash === link.authHash && made.kind === link.kind
  if (!isSame) throw problem('malformed', { where: ['lookup'] })
}

async function resolveLink(
  deps: ContactLinkDeps,
  login: Login,
  lookup: string,
  auth: string,
): Promise<LinkResolved> {
  const link = await selectLink(deps.sql, lookup)
  const authHash = createHash('sha256').update(Buffer.from(auth, 'base64url')).digest()
  const opens = timingSafeEqual(
    authHash,
    link === undefined ? NO_HASH : Buffer.from(link.authHash, 'base64url'),
  )
  if (link === undefined || !opens) throw problem('link_gone')
  const secret = link.kind === 'one_time' ? ownTicket(deps, login, lookup, auth) : randomBytes(32)
  if (link.state === 'claimed') return drawnTicket(deps, link, secret)
  if (!isOpen(link, deps.now())) throw problem('link_gone')
  if (!(await deps.platforms.mayTalk(login.platformId, link.platformId))) throw problem('link_gone')
  if (!(await deps.limits.takeLinkStart(lookup, login.accountId)))
    throw problem('too_many', { retryAfterS: 3600 })
  return drawTicket(deps, link, secret)
}

const NO_HASH = Buffer.alloc(32)

/**
 * A one-time ContactLink gives the Account that claimed it the same Ticket again: its answer may have been lost. The
 * API keeps neither `auth` nor this value, so that what it does keep cannot be tried against Accounts.
 */
function ownTicket({ secret }: ContactLinkDeps, { accountId }: Login, lookup: string, auth: string): Buffer {
  return createHmac('sha256', secret.reveal())
    .update(JSON.stringify(['ticket', lookup, auth, accountId]))
    .digest()
}

/** @throws Problem `link_gone` when another Account drew it, or it ended */
async function drawnTicket(
  { sql, now }: ContactLinkDeps,
  link: LinkRow,
  secret: Buffer,
): Promise<LinkResolved> {
  const ticket = await selectTicket(sql, hashOf(secret), now())
  if (ticket === undefined) throw problem('link_gone')
  return resolved(link, secret, ticket.expiresAtMs, link.descriptor)
}

function isOpen(link: LinkRow, nowMs: number): boolean {
  const hasTime = link.expiresAtMs === null || link.expiresAtMs > nowMs
  return link.state === 'active' && hasTime && (link.limit === null || link.resolved < link.limit)
}

async function drawTicket(
  { sql, now }: ContactLinkDeps,
  link: LinkRow,
  secret: Buffer,
): Promise<LinkResolved> {
  const tag = randomBytes(16).toString('base64url')
  const expiresAtMs = now() + TICKET_LIFE_MS
  const descriptor = await sql.transaction(async (tx) => {
    const claimed = await claimLink(tx, link.lookup, now())
    if (claimed === undefined) throw problem('link_gone')
    await deleteExpiredTickets(tx, now())
    await insertTicket(tx, { hash: hashOf(secret), tag, accountId: link.accountId, expiresAtMs })
    return claimed
  })
  return resolved(link, secret, expiresAtMs, descriptor)
}

function resolved(link: LinkRow, secret: Buffer, expiresAtMs: number, descriptor: Buffer): LinkResolved {
  return {
    ticket: secret.toString('base64url') as Ticket,
    expiresAtMs,
    kind: link.kind,
    descriptor: descriptor.toString('base64url'),
  }
}

function hashOf(secret: Buffer): string {
  return createHash('sha256').update(secret).digest('base64url')
}
