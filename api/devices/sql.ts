/** Statements about Devices and the Capabilities they registered. */
import type { AccountId, DeviceId, Tag } from '../../wire/ids.ts'
import type { Queries } from '../db/sql.ts'

export interface DeviceRow {
  readonly deviceId: DeviceId
  readonly accountId: AccountId
  readonly platformId: string
  readonly signPub: Buffer
  readonly jkt: string | null
  readonly revoked: boolean
}

/** @returns false when another Account holds this id. */
export async function insertDevice(
  sql: Queries,
  device: { deviceId: string; accountId: string; signPub: Uint8Array; jkt: string | null },
): Promise<boolean> {
  const rows = await sql`
    insert into device (device_id, account_id, sign_pub, jkt)
    values (${device.deviceId}, ${device.accountId}, ${Buffer.from(device.signPub)}, ${device.jkt})
    on conflict (device_id) do nothing
    returning device_id`
  return rows.length === 1
}

export async function selectDevice(sql: Queries, deviceId: string): Promise<DeviceRow | undefined> {
  const [row] = await sql<DeviceRow[]>`
    select device_id as "deviceId", account_id as "accountId", platform_id as "platformId", sign_pub as "signPub", jkt, revoked
    from device join account using (account_id)
    where device_id = ${deviceId}`
  return row
}

export async function activeDeviceIds(sql: Queries, accountId: string): Promise<DeviceId[]> {
  const rows = await sql<{ deviceId: DeviceId }[]>`
    select device_id as "deviceId" from device where account_id = ${accountId} and not revoked order by device_id`
  return rows.map((row) => row.deviceId)
}

export async function activeAmong(sql: Queries, deviceIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await sql<{ deviceId: string }[]>`
    select device_id as "deviceId" from device
    where device_id = any(${[...deviceIds]}::text[]) and not revoked`
  return new Set(rows.map((row) => row.deviceId))
}

export async function markRevoked(sql: Queries, deviceIds: readonly string[]): Promise<void> {
  await sql`update device set revoked = true where device_id = any(${[...deviceIds]}::text[])`
  await sql`delete from delivery_capability where device_id = any(${[...deviceIds]}::text[])`
}

export interface CapabilityRow {
  readonly hash: string
  readonly accountId: AccountId
  readonly deviceId: DeviceId
}

/** A Device whose Login outlives it by a moment may have registered one since it was revoked: such a one admits to nothing. */
export async function selectCapability(sql: Queries, hash: string): Promise<CapabilityRow | undefined> {
  const [row] = await sql<CapabilityRow[]>`
    select capability_hash as hash, account_id as "accountId", device_id as "deviceId"
    from delivery_capability join device using (account_id, device_id)
    where capability_hash = ${hash} and not revoked`
  return row
}

export async function selectCapabilityTags(sql: Queries, deviceId: string): Promise<Tag[]> {
  const rows = await sql<
    { tag: Tag }[]
  >`select tag from delivery_capability where device_id = ${deviceId} order by tag`
  return rows.map((row) => row.tag)
}

export async function deleteCapabilities(
  sql: Queries,
  accountId: string,
  tags: readonly string[],
): Promise<void> {
  await sql`delete from delivery_capability where account_id = ${accountId} and tag = any(${[...tags]}::text[])`
}

/** A value that is registered already stays as it is. */
export async function insertCapabilities(
  sql: Queries,
  owner: { accountId: string; deviceId: string },
  values: readonly { hash: string; tag: string }[],
): Promise<void> {
  await sql`
    insert into delivery_capability (capability_hash, tag, account_id, device_id)
    select hash, tag, ${owner.accountId}, ${owner.deviceId}
    from unnest(${values.map(({ hash }) => hash)}::text[], ${values.map(({ tag }) => tag)}::text[]) as given (hash, tag)
    on conflict (capability_hash) do nothing`
}

export async function countCapabilities(sql: Queries, deviceId: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from delivery_capability where device_id = ${deviceId}`
  return row?.count ?? 0
}
