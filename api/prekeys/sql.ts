/** Statements about prekeys. */
import type { PrekeyKind } from '../../protocol/verify.ts'
import type { PreKeyId } from '../../wire/ids.ts'
import type { DhPrekeyWire } from '../../wire/prekeys.ts'
import type { Queries } from '../db/sql.ts'

/** Any kind: the key's length tells X25519 from ML-KEM. */
export interface PrekeyWire {
  readonly prekeyId: string
  readonly key: string
  readonly hour: number
  readonly signature: string
}

interface PrekeyRow {
  readonly prekeyId: string
  readonly publicKey: Buffer
  readonly hour: number
  readonly signature: Buffer
}

export async function selectPrekeyIds(
  sql: Queries,
  deviceId: string,
): Promise<{ readonly prekeyId: PreKeyId; readonly kind: PrekeyKind }[]> {
  return sql<{ prekeyId: PreKeyId; kind: PrekeyKind }[]>`
    select prekey_id as "prekeyId", kind from prekey
    where device_id = ${deviceId} and taken_day is null order by position`
}

/** One that is held already, or was given out, stays as it is. */
export async function insertPrekeys(
  sql: Queries,
  deviceId: string,
  kind: PrekeyKind,
  prekeys: readonly PrekeyWire[],
): Promise<void> {
  const keys = prekeys.map(({ key }) => Buffer.from(key, 'base64url'))
  const signatures = prekeys.map(({ signature }) => Buffer.from(signature, 'base64url'))
  // 1001 = bytea[]: a plain Buffer[] is taken for one bytea.
  await sql`
    insert into prekey (device_id, prekey_id, kind, public_key, hour, signature)
    select ${deviceId}, prekey_id, ${kind}, public_key, hour, signature
    from unnest(${prekeys.map(({ prekeyId }) => prekeyId)}::text[], ${sql.array(keys, 1001)}::bytea[],
      ${prekeys.map(({ hour }) => String(hour))}::bigint[], ${sql.array(signatures, 1001)}::bytea[])
      as given (prekey_id, public_key, hour, signature)
    on conflict (device_id, prekey_id) do nothing`
}

/** There is one at a time of the kinds that are given out again and again. */
export async function replacePrekey(
  sql: Queries,
  deviceId: string,
  kind: 'signed' | 'last_resort_kem',
  prekey: PrekeyWire,
): Promise<void> {
  await sql`
    delete from prekey where device_id = ${deviceId} and kind = ${kind} and prekey_id <> ${prekey.prekeyId}`
  await insertPrekeys(sql, deviceId, kind, [prekey])
}

export async function deleteOneTime(
  sql: Queries,
  deviceId: string,
  prekeyIds: readonly string[],
): Promise<void> {
  await sql`
    delete from prekey
    where device_id = ${deviceId} and prekey_id = any(${[...prekeyIds]}::text[])
      and kind in ('one_time', 'one_time_kem') and taken_day is null`
}

export async function forgetTaken(sql: Queries, deviceId: string, beforeDay: number): Promise<void> {
  await sql`delete from prekey where device_id = ${deviceId} and taken_day < ${beforeDay}`
}

export async function deletePrekeysOf(sql: Queries, deviceIds: readonly string[]): Promise<void> {
  await sql`delete from prekey where device_id = any(${[...deviceIds]}::text[])`
}

export async function currentPrekey(
  sql: Queries,
  deviceId: string,
  kind: 'signed' | 'last_resort_kem',
): Promise<PrekeyWire | undefined> {
  const [row] = await sql<PrekeyRow[]>`
    select prekey_id as "prekeyId", public_key as "publicKey", hour, signature
    from prekey where device_id = ${deviceId} and kind = ${kind}`
  return row && wireOf(row)
}

/** Takes the oldest that nobody else is taking at this moment. Its id stays, so that it is not given out twice when it is uploaded again. */
export async function takeOneTime(
  sql: Queries,
  deviceId: string,
  kind: 'one_time' | 'one_time_kem',
  day: number,
): Promise<PrekeyWire | undefined> {
  const [row] = await sql<PrekeyRow[]>`
    with oldest as materialized (
      select prekey_id, public_key, signature from prekey
      where device_id = ${deviceId} and kind = ${kind} and taken_day is null
        and kind in ('one_time', 'one_time_kem')
      order by position limit 1
      for update skip locked
    )
    update prekey set taken_day = ${day}, public_key = null, signature = null
    from oldest where prekey.device_id = ${deviceId} and prekey.prekey_id = oldest.prekey_id
    returning prekey.prekey_id as "prekeyId", oldest.public_key as "publicKey", hour, oldest.signature`
  return row && wireOf(row)
}

/** Counts one more of this day. @returns false when this Capability has had its share of this Device's, or ends at this moment. */
export async function countTake(
  sql: Queries,
  capabilityHash: string,
  deviceId: string,
  day: number,
  atMost: number,
): Promise<boolean> {
  const rows = await sql`
    insert into capability_take (capability_hash, device_id, day, taken)
    select capability_hash, ${deviceId}, ${day}, 1
    from delivery_capability where capability_hash = ${capabilityHash} for key share
    on conflict (capability_hash, device_id) do update set
      day = excluded.day,
      taken = case when capability_take.day = excluded.day then capability_take.taken + 1 else 1 end
      where capability_take.day <> excluded.day or capability_take.taken < ${atMost}
    returning taken`
  return rows.length === 1
}

function wireOf({ prekeyId, publicKey, hour, signature }: PrekeyRow): PrekeyWire {
  const key = publicKey.toString('base64url')
  return { prekeyId, key, hour, signature: signature.toString('base64url') } satisfies Record<
    keyof DhPrekeyWire,
    unknown
  >
}
