/** Own prekeys: a signed one a week with its last resort, a stock of one-time ones, and the purge of what is spent. */
import {
  makeLastResort,
  makeOneTime,
  makeOneTimeKem,
  makeSignedPreKey,
  toBase64url,
  type PrekeyOwner,
  type SignedPrekey,
} from '../../protocol/index.ts'
import type { PreKeyId } from '../../wire/ids.ts'
import type { DhPrekeyWire, KemPrekeyWire, PrekeyInventory } from '../../wire/prekeys.ts'
import { brand, type Core, type Own } from './core.ts'
import type { RemoteWord } from './remote.ts'
import { oldestMs } from './retention.ts'
import type { Write } from './store/port.ts'
import type { PrekeyKind, PrekeyRecord } from './store/records.ts'
import type { Held } from './store/table.ts'
import type { Vault } from './store/vault.ts'

const STOCK = { one_time: 100, one_time_kem: 50 } as const
/** With those handed out and not used yet: an API that always has none left gets no more than this. */
const KEPT = { one_time: 300, one_time_kem: 150 } as const
const WEEK_MS = 7 * 86_400_000
/** Keys a transaction: making one takes a millisecond or so, and the first connect should not wait for all. */
const PORTION = 25

/** Id of a prekey's private half in the vault. */
export const prekeyKey = (prekeyId: string): string => `prekey.${prekeyId}`

/** At each connect: what the API holds and this Device does not know is purged; what is missing is made and uploaded. */
export async function syncPrekeys(core: Core, own: Own): Promise<RemoteWord | null> {
  const inventory = await core.remote.prekeys()
  if (!inventory.ok) return inventory.failure
  await forgetOld(core)
  const failure = await syncSigned(core, own, inventory.value)
  return failure ?? syncStock(core, own, inventory.value)
}

async function syncSigned(core: Core, own: Own, inventory: PrekeyInventory): Promise<RemoteWord | null> {
  const signed = await currentOf(core, 'signed')
  const lastResort = await currentOf(core, 'last_resort')
  const young = signed && lastResort && core.clock.nowMs() - signed.madeMs < WEEK_MS
  if (young && inventory.signedPreKeyId === signed.prekeyId && inventory.lastResortId === lastResort.prekeyId)
    return null
  const pair = young ? { signed, lastResort } : await renewSigned(core, own)
  if (!pair) return null
  const answer = await core.remote.uploadPrekeys({
    signedPreKey: pair.signed.signed as DhPrekeyWire,
    lastResort: pair.lastResort.signed as KemPrekeyWire,
    oneTime: [],
    oneTimeKem: [],
    purge: [],
  })
  return answer.ok ? null : answer.failure
}

/** @returns null when there is no room for the private halves: then the old ones stay. */
async function renewSigned(core: Core, own: Own) {
  const signed = await makePrekey(core, own, 'signed')
  const lastResort = await makePrekey(core, own, 'last_resort')
  const old = (await core.store.prekeys.list()).filter(
    ({ value }) => (value.kind === 'signed' || value.kind === 'last_resort') && value.replacedMs === null,
  )
  const replaced = old.map((held) =>
    core.store.prekeys.put(held.key, { ...held.value, replacedMs: core.clock.nowMs() }, held),
  )
  const writes = [...signed.writes, ...lastResort.writes, ...(await Promise.all(replaced))]
  if ((await core.store.db.commit(writes)) !== 'done') return null
  return { signed: signed.record, lastResort: lastResort.record }
}

async function syncStock(core: Core, own: Own, inventory: PrekeyInventory): Promise<RemoteWord | null> {
  const kept = await core.store.prekeys.list()
  const known = new Set(kept.map(({ key }) => key))
  const held = new Set<string>([...inventory.oneTimeIds, ...inventory.oneTimeKemIds])
  const purge = [...held].filter((id) => !known.has(id)).map((id) => brand<PreKeyId>(id))
  const missing = [...wanted('one_time', kept, held), ...wanted('one_time_kem', kept, held)]
  if (purge.length > 0) {
    const answer = await core.remote.uploadPrekeys({ oneTime: [], oneTimeKem: [], purge })
    if (!answer.ok) return answer.failure
  }
  await noteHandedOut(core, kept, held)
  for (let at = 0; at < missing.length; at += PORTION) {
    const failure = await stock(core, own, missing.slice(at, at + PORTION))
    if (failure) return failure
  }
  return null
}

type Kept = readonly Held<PrekeyRecord>[]

/** What fills the stock, within what is kept at all. */
function wanted(kind: 'one_time' | 'one_time_kem', kept: Kept, held: ReadonlySet<string>) {
  const ofKind = kept.filter(({ value }) => value.kind === kind)
  const atApi = ofKind.filter(({ key }) => held.has(key)).length
  const count = Math.min(STOCK[kind] - atApi, KEPT[kind] - ofKind.length)
  return Array.from({ length: Math.max(0, count) }, () => kind)
}

/** Who got one may use it as late as Envelopes come: from now on its time runs. */
async function noteHandedOut(core: Core, kept: Kept, held: ReadonlySet<string>): Promise<void> {
  const out = kept.filter(
    ({ key, value }) =>
      (value.kind === 'one_time' || value.kind === 'one_time_kem') &&
      value.replacedMs === null &&
      !held.has(key),
  )
  const replacedMs = core.clock.nowMs()
  const noted = out.map((one) => core.store.prekeys.put(one.key, { ...one.value, replacedMs }, one))
  // Left for the next time if one was used meanwhile.
  await core.store.db.commit(await Promise.all(noted))
}

/** Private halves are durable before the API can hand out the public ones. */
async function stock(core: Core, own: Own, kinds: readonly PrekeyKind[]): Promise<RemoteWord | null> {
  const made: Awaited<ReturnType<typeof makePrekey>>[] = []
  for (const kind of kinds) made.push(await makePrekey(core, own, kind))
  if ((await core.store.db.commit(made.flatMap(({ writes }) => writes))) !== 'done') return null
  const signedOf = (kind: PrekeyKind) =>
    made.filter(({ record }) => record.kind === kind).map(({ record }) => record.signed)
  const answer = await core.remote.uploadPrekeys({
    oneTime: signedOf('one_time') as DhPrekeyWire[],
    oneTimeKem: signedOf('one_time_kem') as KemPrekeyWire[],
    purge: [],
  })
  return answer.ok ? null : answer.failure
}

async function makePrekey(
  core: Core,
  own: Own,
  kind: PrekeyKind,
): Promise<{ readonly record: PrekeyRecord; readonly writes: readonly Write[] }> {
  const prekeyId = crypto.getRandomValues(new Uint8Array(16))
  const id = toBase64url(prekeyId)
  const { vault } = core.store
  const owner = { deviceId: own.device.deviceId, sign: own.device.sign, hour: core.clock.hour(), prekeyId }
  const { prekey, write } = await newPrekey(kind, owner, vault, prekeyKey(id))
  const record = { prekeyId: id, madeMs: core.clock.nowMs(), replacedMs: null, kind, signed: toWire(prekey) }
  return {
    record: record as PrekeyRecord,
    writes: [write, await core.store.prekeys.put(id, record as PrekeyRecord, null)],
  }
}

async function newPrekey(kind: PrekeyKind, owner: PrekeyOwner, vault: Vault, key: string) {
  if (kind === 'signed' || kind === 'one_time') {
    const { pair, write } = await vault.newDh(key)
    const made = await (kind === 'signed' ? makeSignedPreKey : makeOneTime)({ ...owner, pair })
    return { prekey: made.prekey, write }
  }
  const { pair, write } = await vault.newKem(key)
  const made = await (kind === 'last_resort' ? makeLastResort : makeOneTimeKem)({ ...owner, pair })
  return { prekey: made.prekey, write }
}

const toWire = (signed: SignedPrekey): DhPrekeyWire => ({
  prekeyId: brand(toBase64url(signed.prekeyId)),
  key: brand(toBase64url(signed.key)),
  hour: signed.hour,
  signature: brand(toBase64url(signed.signature)),
})

async function currentOf(core: Core, kind: 'signed' | 'last_resort'): Promise<PrekeyRecord | null> {
  const held = await core.store.prekeys.list({ index: 'kind', from: kind, to: kind })
  return held.find(({ value }) => value.replacedMs === null)?.value ?? null
}

/** Ends replaced prekeys that no Envelope at the API can name any more. */
async function forgetOld(core: Core): Promise<void> {
  const before = await oldestMs(core)
  const old = (await core.store.prekeys.list()).filter(
    ({ value }) => value.replacedMs !== null && value.replacedMs < before,
  )
  await core.store.db.commit(
    old.flatMap((held) => [core.store.prekeys.remove(held), core.store.vault.drop(prekeyKey(held.key))]),
  )
}
