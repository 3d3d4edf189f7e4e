/** Prekeys: each Device's public keys, given out as bundles so that others can start a Session while it is away. */
import type { BundleAnswer, PreKeyBundleWire, PrekeyInventory, PrekeyUpload } from '../../wire/prekeys.ts'
import type { Queries, Sql } from '../db/sql.ts'
import type { ContactLinks } from '../contactLinks/index.ts'
import type { Devices } from '../devices/index.ts'
import type { Admission } from '../http/admission.ts'
import type { Login } from '../http/auth.ts'
import { problem } from '../http/problem.ts'
import {
  countTake,
  currentPrekey,
  deleteOneTime,
  deletePrekeysOf,
  forgetTaken,
  insertPrekeys,
  replacePrekey,
  selectPrekeyIds,
  takeOneTime,
} from './sql.ts'
import { assertSigned } from './signatures.ts'

export { prekeyRoutes } from './routes.ts'

export interface Prekeys {
  inventory(login: Login): Promise<PrekeyInventory>
  /** @throws Problem `invalid_signature` */
  upload(login: Login, upload: PrekeyUpload): Promise<void>
  /** Those of these Devices that are active, have prekeys and, on a Ticket, a bundle left. */
  bundles(admission: Admission, deviceIds: readonly string[]): Promise<Omit<BundleAnswer, 'retentionDays'>>
  /** For Devices that were revoked. */
  forget(tx: Queries, deviceIds: readonly string[]): Promise<void>
}

export interface PrekeyDeps {
  readonly sql: Sql
  readonly devices: Pick<Devices, 'find' | 'activeIds'>
  readonly contactLinks: Pick<ContactLinks, 'spendBundles'>
  readonly now: () => number
}

/** What `prekeyInventory` of wire/ can list. */
const MAX_ONE_TIME = 400
const MAX_ONE_TIME_KEM = 200
/** The longest retention and a fortnight: no Device repeats an upload after so long. */
const TAKEN_KEPT_DAYS = 104
/** A Contact needs one for a new Session; more in a day drains those of others. */
const ONE_TIME_A_DAY = 3

export function createPrekeys(deps: PrekeyDeps): Prekeys {
  const { sql } = deps
  return {
    inventory: (login) => readInventory(sql, login.deviceId),
    upload: async (login, upload) => {
      const device = await deps.devices.find(login.deviceId)
      if (device === undefined || device.revoked) throw problem('device_revoked')
      await assertSigned(device, upload)
      await storeUpload(sql, login.deviceId, upload, dayOf(deps.now()))
    },
    bundles: (admission, deviceIds) => takeBundles(deps, admission, deviceIds),
    forget: deletePrekeysOf,
  }
}

async function readInventory(sql: Queries, deviceId: string): Promise<PrekeyInventory> {
  const held = await selectPrekeyIds(sql, deviceId)
  const idsOf = (kind: string) =>
    held.filter((prekey) => prekey.kind === kind).map((prekey) => prekey.prekeyId)
  return {
    signedPreKeyId: idsOf('signed')[0] ?? null,
    lastResortId: idsOf('last_resort_kem')[0] ?? null,
    oneTimeIds: idsOf('one_time'),
    oneTimeKemIds: idsOf('one_time_kem'),
  }
}

function storeUpload(sql: Sql, deviceId: string, upload: PrekeyUpload, day: number): Promise<void> {
  return sql.transaction(async (tx) => {
    await forgetTaken(tx, deviceId, day - TAKEN_KEPT_DAYS)
    if (upload.purge.length > 0) await deleteOneTime(tx, deviceId, upload.purge)
    if (upload.signedPreKey !== undefined) await replacePrekey(tx, deviceId, 'signed', upload.signedPreKey)
    if (upload.lastResort !== undefined)
      await replacePrekey(tx, deviceId, 'last_resort_kem', upload.lastResort)
    if (upload.oneTime.length > 0) await insertPrekeys(tx, deviceId, 'one_time', upload.oneTime)
    if (upload.oneTimeKem.length > 0) await insertPrekeys(tx, deviceId, 'one_time_kem', upload.oneTimeKem)
    const held = await readInventory(tx, deviceId)
    if (held.oneTimeIds.length > MAX_ONE_TIME) throw problem('malformed', { where: ['oneTime'] })
    if (held.oneTimeKemIds.length > MAX_ONE_TIME_KEM) throw problem('malformed', { where: ['oneTimeKem'] })
  })
}

async function takeBundles(deps: PrekeyDeps, admission: Admission, deviceIds: readonly string[]) {
  const active = await deps.devices.activeIds(admission.accountId)
  const wanted = active.filter((deviceId) => deviceIds.includes(deviceId))
  const day = dayOf(deps.now())
  return deps.sql.transaction(async (tx) => {
    const served =
      admission.kind === 'ticket' && wanted.length > 0
        ? await deps.contactLinks.spendBundles(tx, admission.hash, wanted)
        : wanted
    const bundles: PreKeyBundleWire[] = []
    // One after the other and in order of id: two requests that wait for each other's rows would never end.
    for (const deviceId of wanted.filter((id) => served.includes(id))) {
      const mayTake =
        admission.kind === 'ticket' || (await countTake(tx, admission.hash, deviceId, day, ONE_TIME_A_DAY))
      const bundle = await takeBundle(tx, deviceId, mayTake ? day : null)
      if (bundle !== null) bundles.push(bundle)
    }
    return { bundles, asOfMs: deps.now() }
  })
}

function dayOf(nowMs: number): number {
  return Math.floor(nowMs / 86_400_000)
}

/**
 * @param day - on which one-time prekeys are taken; null: none are.
 * @returns null for a Device that has not uploaded what a bundle needs.
 */
async function takeBundle(
  tx: Queries,
  deviceId: string,
  day: number | null,
): Promise<PreKeyBundleWire | null> {
  const signedPreKey = await currentPrekey(tx, deviceId, 'signed')
  const lastResort = await currentPrekey(tx, deviceId, 'last_resort_kem')
  if (signedPreKey === undefined || lastResort === undefined) return null
  const oneTime = day === null ? undefined : await takeOneTime(tx, deviceId, 'one_time', day)
  const oneTimeKem = day === null ? undefined : await takeOneTime(tx, deviceId, 'one_time_kem', day)
  return {
    deviceId,
    signedPreKey,
    oneTime: oneTime ?? null,
    kem: oneTimeKem ?? lastResort,
  } as PreKeyBundleWire
}
