/** Statements about ContactLinks and Tickets. */
import type { z } from 'zod/mini'
import type { linkInfo, LinkChange, LinkMake } from '../../wire/contactLinks.ts'
import type { AccountId, LinkLookup, Tag } from '../../wire/ids.ts'
import type { Queries } from '../db/sql.ts'

export type LinkInfo = z.infer<typeof linkInfo>

/** @returns false when the lookup exists already. */
export async function insertLink(sql: Queries, accountId: string, link: LinkMake): Promise<boolean> {
  const rows = await sql`
    insert into contact_link (lookup, account_id, auth_hash, kind, state, descriptor, contact_limit, expires_at_ms)
    values (${link.lookup}, ${accountId}, ${link.authHash}, ${link.kind}, 'active',
      ${Buffer.from(link.descriptor, 'base64url')}, ${link.limit}, ${link.expiresAtMs})
    on conflict (lookup) do nothing
    returning lookup`
  return rows.length === 1
}

/** Of those that are final all but the youngest: nobody counts them, and each may hold 8 KiB. */
export async function forgetFinalLinks(sql: Queries, accountId: string, kept: number): Promise<void> {
  await sql`
    delete from contact_link where lookup in (
      select lookup from contact_link
      where account_id = ${accountId} and state in ('rotated', 'claimed')
      order by created_at desc offset ${kept})`
}

/** ContactLinks that can still open: `rotated` and `claimed` are final. */
export async function countOpenLinks(sql: Queries, accountId: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from contact_link
    where account_id = ${accountId} and state in ('active', 'paused')`
  return row?.count ?? 0
}

export async function selectLinks(sql: Queries, accountId: string, atMost: number): Promise<LinkInfo[]> {
  return sql<LinkInfo[]>`
    select lookup, kind, state, contact_limit as "limit", expires_at_ms as "expiresAtMs", resolved
    from contact_link where account_id = ${accountId}
    order by state in ('active', 'paused') desc, created_at desc
    limit ${atMost}`
}

export interface LinkRow {
  readonly lookup: LinkLookup
  readonly accountId: AccountId
  readonly platformId: string
  readonly authHash: string
  readonly kind: LinkInfo['kind']
  readonly state: LinkInfo['state']
  readonly limit: number | null
  readonly expiresAtMs: number | null
  readonly resolved: number
  readonly descriptor: Buffer
}

export async function selectLink(sql: Queries, lookup: string): Promise<LinkRow | undefined> {
  const [row] = await sql<LinkRow[]>`
    select lookup, account_id as "accountId", platform_id as "platformId", auth_hash as "authHash", kind, state,
      contact_limit as "limit", expires_at_ms as "expiresAtMs", resolved, descriptor
    from contact_link join account using (account_id)
    where lookup = ${lookup}`
  return row
}

/** @returns false when there is no such ContactLink of this Account, or it is final and would change. */
export async function updateLink(
  sql: Queries,
  accountId: string,
  lookup: string,
  change: LinkChange,
): Promise<boolean> {
  const descriptor = change.descriptor === undefined ? null : Buffer.from(change.descriptor, 'base64url')
  const rows = await sql`
    update contact_link set
      state = coalesce(${change.state ?? null}::text, state),
      descriptor = coalesce(${descriptor}::bytea, descriptor),
      contact_limit = case when ${change.limit !== undefined} then ${change.limit ?? null}::integer else contact_limit end,
      expires_at_ms = case when ${change.expiresAtMs !== undefined} then ${change.expiresAtMs ?? null}::bigint else expires_at_ms end
    where lookup = ${lookup} and account_id = ${accountId}
      and (state in ('active', 'paused') or state = ${change.state ?? null}::text)
    returning lookup`
  return rows.length === 1
}

/** Counts one first contact, and claims a one-time ContactLink, if it opens at this moment: of two at the same time one wins. */
export async function claimLink(sql: Queries, lookup: string, nowMs: number): Promise<Buffer | undefined> {
  const [row] = await sql<{ descriptor: Buffer }[]>`
    update contact_link set
      resolved = resolved + 1,
      state = case kind when 'one_time' then 'claimed' else state end
    where lookup = ${lookup} and state = 'active'
      and (contact_limit is null or resolved < contact_limit)
      and (expires_at_ms is null or expires_at_ms > ${nowMs})
    returning descriptor`
  return row?.descriptor
}

export async function insertTicket(
  sql: Queries,
  ticket: { hash: string; tag: string; accountId: string; expiresAtMs: number },
): Promise<void> {
  await sql`
    insert into ticket (ticket_hash, tag, account_id, expires_at_ms)
    values (${ticket.hash}, ${ticket.tag}, ${ticket.accountId}, ${ticket.expiresAtMs})`
}

export async function deleteExpiredTickets(sql: Queries, nowMs: number): Promise<void> {
  await sql`delete from ticket where expires_at_ms <= ${nowMs}`
}

export interface TicketRow {
  readonly accountId: AccountId
  readonly tag: Tag
  readonly expiresAtMs: number
}

export async function selectTicket(
  sql: Queries,
  hash: string,
  nowMs: number,
): Promise<TicketRow | undefined> {
  const [row] = await sql<TicketRow[]>`
    select account_id as "accountId", tag, expires_at_ms as "expiresAtMs" from ticket
    where ticket_hash = ${hash} and expires_at_ms > ${nowMs}`
  return row
}

export async function deleteTickets(sql: Queries, accountId: string, tags: readonly string[]): Promise<void> {
  await sql`delete from ticket where account_id = ${accountId} and tag = any(${[...tags]}::text[])`
}

/** @returns the Devices of this Ticket's Account for which one more was left; only those are counted. */
export async function spendOnDevices(
  sql: Queries,
  spent: 'bundles' | 'envelopes',
  hash: string,
  deviceIds: readonly string[],
  atMost: number,
): Promise<string[]> {
  const column = sql(spent)
  const rows = await sql<{ deviceId: string }[]>`
    insert into ticket_use (ticket_hash, device_id, ${column})
    select ticket_hash, device_id, 1
    from ticket join device using (account_id)
    where ticket_hash = ${hash} and device_id = any(${[...deviceIds]}::text[])
    order by device_id
    for key share of ticket
    on conflict (ticket_hash, device_id) do update set ${column} = ticket_use.${column} + 1
      where ticket_use.${column} < ${atMost}
    returning device_id as "deviceId"`
  return rows.map((row) => row.deviceId)
}
