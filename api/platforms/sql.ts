/** Statements about Platforms. */
import type { Queries, Sql } from '../db/sql.ts'
import type { PlatformRecord, PublicJwk } from './record.ts'

export interface PlatformRow {
  readonly platformId: string
  readonly name: string
  readonly signInUrl: string
  readonly profileLinkUrl: string | null
  readonly retentionDays: number
  readonly jwksUrl: string | null
  readonly crossPlatform: 'any' | 'own'
  readonly subjectSalt: Buffer
}

/** Keys that the record no longer names are gone; the salt of a known Platform stays. */
export async function upsertPlatform(sql: Sql, record: PlatformRecord, salt: Buffer): Promise<void> {
  await sql.transaction(async (tx) => {
    await tx`
      insert into platform (platform_id, name, hosts, sign_in_url, profile_link_url, retention_days, jwks_url, cross_platform, subject_salt)
      values (${record.platformId}, ${record.name}, ${[...record.hosts]}::text[], ${record.signInUrl}, ${record.profileLinkUrl},
        ${record.retentionDays}, ${record.jwksUrl ?? null}, ${record.crossPlatform}, ${salt})
      on conflict (platform_id) do update set
        name = excluded.name, hosts = excluded.hosts, sign_in_url = excluded.sign_in_url,
        profile_link_url = excluded.profile_link_url, retention_days = excluded.retention_days,
        jwks_url = excluded.jwks_url, cross_platform = excluded.cross_platform`
    await tx`delete from platform_key where platform_id = ${record.platformId}`
    for (const key of record.keys) {
      await tx`
        insert into platform_key (platform_id, kid, jwk)
        values (${record.platformId}, ${key.kid}, ${JSON.stringify(key)}::text::jsonb)`
    }
  })
}

/** By host name, else the only Platform there is. */
export async function platformByHost(sql: Queries, host: string): Promise<PlatformRow | undefined> {
  const [named] = await sql<
    PlatformRow[]
  >`${columns(sql)} where ${host} = any(hosts) order by platform_id limit 1`
  if (named !== undefined) return named
  const [first, second] = await sql<PlatformRow[]>`${columns(sql)} limit 2`
  return second === undefined ? first : undefined
}

export async function platformById(sql: Queries, platformId: string): Promise<PlatformRow | undefined> {
  const [row] = await sql<PlatformRow[]>`${columns(sql)} where platform_id = ${platformId}`
  return row
}

export async function pastedKey(
  sql: Queries,
  platformId: string,
  kid: string,
): Promise<PublicJwk | undefined> {
  const [row] = await sql<{ jwk: string }[]>`
    select jwk::text as jwk from platform_key where platform_id = ${platformId} and kid = ${kid}`
  return row === undefined ? undefined : (JSON.parse(row.jwk) as PublicJwk)
}

function columns(sql: Queries) {
  return sql`
    select platform_id as "platformId", name, sign_in_url as "signInUrl", profile_link_url as "profileLinkUrl",
      retention_days as "retentionDays", jwks_url as "jwksUrl", cross_platform as "crossPlatform", subject_salt as "subjectSalt"
    from platform`
}
