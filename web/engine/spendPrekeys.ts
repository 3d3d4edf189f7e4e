/** Own prekeys that an Initiation names; the one-time ones end in the transaction of the first successful decrypt. */
import { toBase64url, type Initiation, type OwnPrekeys } from '../../protocol/index.ts'
import type { Batch } from './batch.ts'
import { bytes, type Core } from './core.ts'
import { prekeyKey } from './prekeys.ts'
import type { PrekeyRecord } from './store/records.ts'

export async function ownPrekeys(core: Core, batch: Batch, initiation: Initiation): Promise<OwnPrekeys> {
  const { signedPreKeyId, oneTimeId, kemId } = initiation
  const signed = await kept(core, batch, signedPreKeyId, ['signed'])
  const oneTime = oneTimeId && (await kept(core, batch, oneTimeId, ['one_time']))
  const kem = await kept(core, batch, kemId, ['one_time_kem', 'last_resort'])
  const { vault } = core.store
  const [signedKey, oneTimeKey, kemKey] = await Promise.all([
    signed && vault.dh(prekeyKey(signed.prekeyId)),
    oneTime && vault.dh(prekeyKey(oneTime.prekeyId)),
    kem && vault.kem(prekeyKey(kem.prekeyId)),
  ])
  return {
    signedPreKey: signed && signedKey && { prekey: publicOf(signed), privateKey: signedKey.privateKey },
    oneTime: oneTime && oneTimeKey && { prekey: publicOf(oneTime), privateKey: oneTimeKey.privateKey },
    kem: kem && kemKey && { prekey: publicOf(kem), privateKey: kemKey.privateKey },
  }
}

async function kept(
  core: Core,
  batch: Batch,
  prekeyId: Uint8Array,
  kinds: readonly PrekeyRecord['kind'][],
): Promise<PrekeyRecord | null> {
  const id = toBase64url(prekeyId)
  if (batch.spentPrekeys.has(id)) return null
  const record = (await core.store.prekeys.get(id))?.value
  return record && kinds.includes(record.kind) ? record : null
}

const publicOf = ({ prekeyId, signed }: PrekeyRecord) => ({
  prekeyId: bytes(prekeyId),
  key: bytes(signed.key),
})

/** Remembers the sid as long as its prekeys could live, so that a replay never opens a second Session. */
export async function spendPrekeys(
  core: Core,
  batch: Batch,
  initiation: Initiation,
  sid: string,
  deviceId: string,
): Promise<void> {
  const { store, clock } = core
  batch.initiations.add(sid)
  batch.writes.push(await store.initiations.set(sid, { deviceId, storedMs: clock.nowMs() }))
  const kem = await store.prekeys.get(toBase64url(initiation.kemId))
  const ids = [
    ...(initiation.oneTimeId ? [toBase64url(initiation.oneTimeId)] : []),
    ...(kem?.value.kind === 'one_time_kem' ? [kem.key] : []),
  ]
  for (const id of ids) {
    batch.spentPrekeys.add(id)
    batch.writes.push(store.prekeys.drop(id), store.vault.drop(prekeyKey(id)))
  }
}
