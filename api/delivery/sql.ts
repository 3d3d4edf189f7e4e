/** Statements about Mailboxes, gaps and runs. */
import type { DeviceId, EnvelopeId, RunId, Tag } from '../../wire/ids.ts'
import type { Queries } from '../db/sql.ts'

export interface StoredEnvelope {
  readonly deviceId: DeviceId
  readonly envelopeId: EnvelopeId
  readonly ciphertext: Buffer
  readonly ticketTag: Tag | null
  readonly receivedMs: number
  readonly expiresMs: number
}

export interface MailboxQuota {
  readonly envelopes: number
  readonly bytes: number
}

/**
 * One group, one commit. An Envelope whose row exists already is no second one. Groups under way at the same time do
 * not see each other: a Mailbox may exceed its quota by as much as they bring.
 *
 * @returns the indices of those that no longer fit into their Mailbox.
 */
export async function insertEnvelopes(
  sql: Queries,
  group: readonly StoredEnvelope[],
  quota: MailboxQuota,
): Promise<ReadonlySet<number>> {
  const rows = await sql<{ n: number }[]>`
    with waiting as (
      select * from unnest(
        ${group.map((_, n) => n)}::int[], ${group.map((one) => one.deviceId)}::text[],
        ${group.map((one) => one.envelopeId)}::text[], ${sql.array(
          group.map((one) => one.ciphertext),
          BYTEA_ARRAY,
        )}::bytea[],
        ${group.map((one) => one.ticketTag)}::text[], ${group.map((one) => one.receivedMs)}::bigint[],
        ${group.map((one) => one.expiresMs)}::bigint[]
      ) as w (n, device_id, envelope_id, ciphertext, ticket_tag, received_ms, expires_ms)
    ), used as (
      select device_id, count(*) as envelopes, sum(size_bytes) as bytes from envelope
      where device_id = any(${[...new Set(group.map((one) => one.deviceId))]}::text[])
      group by device_id
    ), fitted as (
      select w.*,
        coalesce(u.envelopes, 0) + row_number() over earlier <= ${quota.envelopes}
        and coalesce(u.bytes, 0) + sum(octet_length(w.ciphertext)) over earlier <= ${quota.bytes} as fits
      from waiting w left join used u using (device_id)
      window earlier as (partition by w.device_id order by w.n)
    ), stored as (
      insert into envelope (device_id, envelope_id, ciphertext, size_bytes, ticket_tag, received_ms, expires_ms)
      select device_id, envelope_id, ciphertext, octet_length(ciphertext), ticket_tag, received_ms, expires_ms
      from fitted where fits order by n
      on conflict (device_id, envelope_id) do nothing
    )
    select n from fitted f
    where not fits and not exists (
      select 1 from envelope e where e.device_id = f.device_id and e.envelope_id = f.envelope_id
    )`
  return new Set(rows.map((row) => row.n))
}

/** The oid of bytea[]: an array of Buffers by itself is taken for one bytea. */
const BYTEA_ARRAY = 1001

export interface EnvelopeName {
  readonly deviceId: string
  readonly envelopeId: string
}

export async function deleteEnvelopes(sql: Queries, names: readonly EnvelopeName[]): Promise<void> {
  await sql`
    delete from envelope e
    using unnest(${names.map((one) => one.deviceId)}::text[], ${names.map((one) => one.envelopeId)}::text[])
      as w (device_id, envelope_id)
    where e.device_id = w.device_id and e.envelope_id = w.envelope_id`
}

export interface MailboxRow {
  readonly envelopeId: EnvelopeId
  readonly position: number
  readonly ciphertext: Buffer
  readonly ticketTag: Tag | null
  readonly receivedMs: number
}

/** In order of arrival after `position`, at most PAGE_ENVELOPES and about PAGE_BYTES. */
export async function selectPage(
  sql: Queries,
  deviceId: string,
  position: number,
  without: readonly string[],
): Promise<readonly MailboxRow[]> {
  return sql<MailboxRow[]>`
    with next as (
      select position, size_bytes from envelope
      where device_id = ${deviceId} and position > ${position} and envelope_id <> all(${[...without]}::text[])
      order by position limit ${PAGE_ENVELOPES}
    ), page as (
      select position, sum(size_bytes) over (order by position) - size_bytes as before from next
    )
    select ${mailboxColumns(sql)} from envelope
    where device_id = ${deviceId} and position in (select position from page where before < ${PAGE_BYTES})
    order by position`
}

const PAGE_ENVELOPES = 256
const PAGE_BYTES = 256 * 1024

export async function selectByIds(
  sql: Queries,
  deviceId: string,
  envelopeIds: readonly string[],
): Promise<readonly MailboxRow[]> {
  return sql<MailboxRow[]>`
    select ${mailboxColumns(sql)} from envelope
    where device_id = ${deviceId} and envelope_id = any(${[...envelopeIds]}::text[])
    order by position`
}

function mailboxColumns(sql: Queries) {
  return sql`envelope_id as "envelopeId", position, ciphertext, ticket_tag as "ticketTag", received_ms as "receivedMs"`
}

/** Which of these Devices have anything waiting. */
export async function selectWaiting(sql: Queries, deviceIds: readonly string[]): Promise<readonly string[]> {
  const rows = await sql<{ deviceId: string }[]>`
    select device_id as "deviceId" from unnest(${[...deviceIds]}::text[]) as d (device_id)
    where exists (select 1 from envelope e where e.device_id = d.device_id)`
  return rows.map((row) => row.deviceId)
}

/**
 * At most `atMost` Envelopes; where they lay, a gap is marked. The database must find them due too: one instance whose
 * clock runs ahead would empty all Mailboxes. @returns how many.
 */
export async function expireEnvelopes(sql: Queries, nowMs: number, atMost: number): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    with due as (
      select device_id, envelope_id from envelope
      where expires_ms <= least(${nowMs}::bigint, (extract(epoch from now()) * 1000)::bigint)
      limit ${atMost} for update skip locked
    ), gone as (
      delete from envelope e using due d
      where e.device_id = d.device_id and e.envelope_id = d.envelope_id
      returning e.device_id, e.received_ms
    ), marked as (
      insert into mailbox_gap (device_id, from_ms, to_ms)
      select device_id, min(received_ms), max(received_ms) from gone group by device_id order by device_id
      on conflict (device_id) do update set told_ms = null,
        from_ms = least(mailbox_gap.from_ms, excluded.from_ms), to_ms = greatest(mailbox_gap.to_ms, excluded.to_ms)
    )
    select count(*)::int as count from gone`
  return row?.count ?? 0
}

/** Gaps told before `toldBeforeMs`, and gaps of Devices that never came back for them. */
export async function forgetGaps(sql: Queries, toldBeforeMs: number, takenBeforeMs: number): Promise<void> {
  await sql`delete from mailbox_gap where told_ms < ${toldBeforeMs} or to_ms < ${takenBeforeMs}`
}

export async function selectGap(
  sql: Queries,
  deviceId: string,
): Promise<{ readonly fromMs: number; readonly toMs: number } | undefined> {
  const [row] = await sql<{ fromMs: number; toMs: number }[]>`
    select from_ms as "fromMs", to_ms as "toMs" from mailbox_gap where device_id = ${deviceId}`
  return row
}

export async function markGapTold(sql: Queries, deviceId: string, nowMs: number): Promise<void> {
  await sql`update mailbox_gap set told_ms = ${nowMs} where device_id = ${deviceId} and told_ms is null`
}

/** Compare-and-swap. @returns the number of the new run, or undefined when `lastRunId` is not the held one. */
export async function swapRun(
  sql: Queries,
  deviceId: string,
  lastRunId: RunId | null,
  runId: RunId,
): Promise<number | undefined> {
  const [row] = await sql<{ number: number }[]>`
    with held as (
      select number, run_id from stream_run where device_id = ${deviceId} order by number desc limit 1
    )
    insert into stream_run (device_id, number, run_id)
    select ${deviceId}, coalesce((select number from held), 0) + 1, ${runId}
    where (select run_id from held) is not distinct from ${lastRunId}::text
    on conflict do nothing
    returning number`
  return row?.number
}

export async function selectHeldRun(
  sql: Queries,
  deviceId: string,
): Promise<{ readonly number: number; readonly runId: RunId } | undefined> {
  const [row] = await sql<{ number: number; runId: RunId }[]>`
    select number, run_id as "runId" from stream_run where device_id = ${deviceId} order by number desc limit 1`
  return row
}

export async function knowsRun(sql: Queries, deviceId: string, runId: string): Promise<boolean> {
  const rows = await sql`select 1 from stream_run where device_id = ${deviceId} and run_id = ${runId}`
  return rows.length === 1
}

export async function forgetRuns(sql: Queries, deviceId: string, upTo: number): Promise<void> {
  await sql`delete from stream_run where device_id = ${deviceId} and number <= ${upTo}`
}

/** The held run's number of each of these Devices. */
export async function selectHeldNumbers(
  sql: Queries,
  deviceIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await sql<{ deviceId: string; number: number }[]>`
    select d.device_id as "deviceId", r.number
    from unnest(${[...deviceIds]}::text[]) as d (device_id)
    cross join lateral (
      select number from stream_run s where s.device_id = d.device_id order by number desc limit 1
    ) r`
  return new Map(rows.map((row) => [row.deviceId, row.number]))
}
