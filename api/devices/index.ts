/** Devices as the API knows them, and the Capabilities that admit Envelopes to their Account. */
import type { CapabilityBatch } from '../../wire/devices.ts'
import type { DeviceId, Tag } from '../../wire/ids.ts'
import type { Bus } from '../bus/bus.ts'
import { throughOutage } from '../db/outage.ts'
import type { Queries, Sql } from '../db/sql.ts'
import type { Login } from '../http/auth.ts'
import { problem } from '../http/problem.ts'
import { watchActiveDevices } from './active.ts'
import {
  activeAmong,
  activeDeviceIds,
  countCapabilities,
  deleteCapabilities,
  insertCapabilities,
  insertDevice,
  markRevoked,
  selectCapability,
  selectCapabilityTags,
  selectDevice,
  type CapabilityRow,
  type DeviceRow,
} from './sql.ts'

export { deviceRoutes } from './routes.ts'

export interface Devices {
  /** At most 1 s old. */
  isActive(deviceId: string): Promise<boolean>
  find(deviceId: string): Promise<DeviceRow | undefined>
  activeIds(accountId: string): Promise<readonly DeviceId[]>
  activeAmong(deviceIds: readonly string[]): Promise<ReadonlySet<string>>
  /** @returns false when this id belongs to another Account. */
  add(
    tx: Queries,
    device: { deviceId: string; accountId: string; signPub: Uint8Array; jkt: string | null },
  ): Promise<boolean>
  /** Ends the Devices and their Capabilities; `announceRevoked` follows the commit. */
  revoke(tx: Queries, deviceIds: readonly string[]): Promise<void>
  /** Closes their Streams, on every instance. */
  announceRevoked(deviceIds: readonly string[]): Promise<void>
  /** While the database is away, what it last said: a Relay goes on without it. */
  capability(hash: string): Promise<CapabilityRow | undefined>
  capabilityTags(deviceId: string): Promise<readonly Tag[]>
  changeCapabilities(owner: Login, batch: CapabilityBatch): Promise<void>
  close(): Promise<void>
}

/** What `capabilityInventory` of wire/ can list. */
const MAX_CAPABILITIES = 4096

export function createDevices({ sql, bus, now }: { sql: Sql; bus: Bus; now: () => number }): Devices {
  const active = watchActiveDevices({
    bus,
    now,
    ask: throughOutage(async (deviceId) => (await selectDevice(sql, deviceId))?.revoked === false, { now }),
  })
  return {
    isActive: active.isActive,
    find: (deviceId) => selectDevice(sql, deviceId),
    activeIds: (accountId) => activeDeviceIds(sql, accountId),
    activeAmong: (deviceIds) => activeAmong(sql, deviceIds),
    add: insertDevice,
    revoke: markRevoked,
    announceRevoked: active.announce,
    capability: throughOutage((hash) => selectCapability(sql, hash), { now }),
    capabilityTags: (deviceId) => selectCapabilityTags(sql, deviceId),
    // Revoked first: a rotation registers its new values under the tag of the old ones.
    changeCapabilities: (owner, batch) =>
      sql.transaction(async (tx) => {
        if (batch.revoke.length > 0) await deleteCapabilities(tx, owner.accountId, batch.revoke)
        if (batch.add.length === 0) return
        if ((await countCapabilities(tx, owner.deviceId)) + batch.add.length > MAX_CAPABILITIES) {
          throw problem('malformed', { where: ['add'] })
        }
        await insertCapabilities(tx, owner, batch.add)
      }),
    close: active.close,
  }
}
