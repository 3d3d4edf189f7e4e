/** Statements about Accounts, their Sigchains, freshness statements and entitlements. */
import type { Entitlement } from '../../wire/grants.ts'
import type { AccountId, DeviceId } from '../../wire/ids.ts'
import type { FreshnessStatement, SigchainEntry } from '../../wire/sigchain.ts'
import type { Queries } from '../db/sql.ts'

export interface AccountRow {
  readonly accountId: AccountId
  readonly platformId: string
  readonly subjectHash: Buffer
  readonly headSeq: number
  readonly headHash: string
}

export async function selectAccountBySubject(
  sql: Queries,
  platformId: string,
  subjectHash: Buffer,
): Promise<AccountRow | undefined> {
  const [row] = await sql<AccountRow[]>`
    select account_id as "accountId", platform_id as "platformId", subject_hash as "subjectHash",
      head_seq as "headSeq", head_hash as "headHash"
    from account where platform_id = ${platformId} and subject_hash = ${subjectHash}`
  return row
}

export interface TargetRow {
  readonly headSeq: number
  readonly headHash: string
  readonly retentionDays: number
  readonly devices: readonly DeviceId[]
}

/** In one statement: every post asks. */
export async function selectTarget(sql: Queries, accountId: string): Promise<TargetRow | undefined> {
  const [row] = await sql<TargetRow[]>`
    select head_seq as "headSeq", head_hash as "headHash", retention_days as "retentionDays",
      array(select device_id from device where device.account_id = account.account_id and not revoked order by device_id) as devices
    from account join platform using (platform_id)
    where account_id = ${accountId}`
  return row
}

/** @returns false when the subject has an Account, or the Account exists. */
export async function insertAccount(sql: Queries, account: AccountRow): Promise<boolean> {
  const rows = await sql`
    insert into account (account_id, platform_id, subject_hash, head_seq, head_hash)
    values (${account.accountId}, ${account.platformId}, ${account.subjectHash}, ${account.headSeq}, ${account.headHash})
    on conflict do nothing
    returning account_id`
  return rows.length === 1
}

/** Compare-and-swap. @returns false when the head is no longer `fromSeq`. */
export async function moveHead(
  sql: Queries,
  accountId: string,
  fromSeq: number,
  to: { readonly seq: number; readonly hash: string },
): Promise<boolean> {
  const rows = await sql`
    update account set head_seq = ${to.seq}, head_hash = ${to.hash}
    where account_id = ${accountId} and head_seq = ${fromSeq}
    returning account_id`
  return rows.length === 1
}

export async function insertEntry(
  sql: Queries,
  accountId: string,
  seq: number,
  entry: SigchainEntry,
): Promise<void> {
  const coSignature = entry.coSignature === undefined ? null : Buffer.from(entry.coSignature, 'base64url')
  await sql`
    insert into sigchain_entry (account_id, seq, body, signature, co_signature)
    values (${accountId}, ${seq}, ${Buffer.from(entry.body, 'base64url')}, ${Buffer.from(entry.signature, 'base64url')}, ${coSignature})`
}

/** @param after - seq of the last Entry that the reader has; -1 for all of them. */
export async function selectEntries(
  sql: Queries,
  accountId: string,
  after: number,
): Promise<SigchainEntry[]> {
  const rows = await sql<{ body: Buffer; signature: Buffer; coSignature: Buffer | null }[]>`
    select body, signature, co_signature as "coSignature" from sigchain_entry
    where account_id = ${accountId} and seq > ${after} order by seq`
  return rows.map(({ body, signature, coSignature }) => ({
    body: body.toString('base64url'),
    signature: signature.toString('base64url') as SigchainEntry['signature'],
    ...(coSignature === null
      ? {}
      : { coSignature: coSignature.toString('base64url') as NonNullable<SigchainEntry['coSignature']> }),
  }))
}

/** A statement of an earlier hour does not replace a later one, unless that is later than `latestHour`: a clock was wrong. */
export async function upsertFreshness(
  sql: Queries,
  of: { readonly accountId: string; readonly deviceId: string; readonly hour: number },
  statement: FreshnessStatement,
  latestHour: number,
): Promise<void> {
  await sql`
    insert into freshness (device_id, account_id, hour, body, signature)
    values (${of.deviceId}, ${of.accountId}, ${of.hour}, ${Buffer.from(statement.body, 'base64url')},
      ${Buffer.from(statement.signature, 'base64url')})
    on conflict (device_id) do update set hour = excluded.hour, body = excluded.body, signature = excluded.signature
      where freshness.hour <= excluded.hour or freshness.hour > ${latestHour}`
}

export async function selectStatements(sql: Queries, accountId: string): Promise<FreshnessStatement[]> {
  const rows = await sql<{ body: Buffer; signature: Buffer }[]>`
    select body, signature from freshness join device using (device_id, account_id)
    where account_id = ${accountId} and not revoked order by device_id limit 8`
  return rows.map(({ body, signature }) => ({
    body: body.toString('base64url'),
    signature: signature.toString('base64url') as FreshnessStatement['signature'],
  }))
}

export async function selectEntitlement(sql: Queries, accountId: string): Promise<Entitlement | undefined> {
  const [row] = await sql<Entitlement[]>`
    select version, may_start as start, may_reply as reply, until_ms as "untilMs"
    from entitlement where account_id = ${accountId}`
  return row
}

/** The higher version wins, in whatever order they come. @returns whether this one did. */
export async function upsertEntitlement(
  sql: Queries,
  accountId: string,
  right: Entitlement,
): Promise<boolean> {
  const rows = await sql`
    insert into entitlement (account_id, version, may_start, may_reply, until_ms)
    values (${accountId}, ${right.version}, ${right.start}, ${right.reply}, ${right.untilMs})
    on conflict (account_id) do update set
      version = excluded.version, may_start = excluded.may_start, may_reply = excluded.may_reply, until_ms = excluded.until_ms
      where entitlement.version < excluded.version
    returning version`
  return rows.length === 1
}
