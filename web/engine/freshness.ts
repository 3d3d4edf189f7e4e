/** Once a day this Device signs which head of its Account's chain it knows, so that nobody can hide a newer one for long. */
import { makeFreshness } from '../../protocol/index.ts'
import type { Core, Own } from './core.ts'
import { toWireStatement } from './entries.ts'
import type { RemoteWord } from './remote.ts'

export async function syncFreshness(core: Core, own: Own): Promise<RemoteWord | null> {
  const day = Math.floor(core.clock.nowMs() / 86_400_000)
  if ((await core.store.meta.get('freshness'))?.day === day) return null
  const { accountId, deviceId, sign, chain } = own.device
  const statement = await makeFreshness({
    accountId,
    deviceId,
    sign,
    head: chain.head,
    hour: core.clock.hour(),
  })
  const answer = await core.remote.postFreshness(toWireStatement(statement))
  if (!answer.ok) return answer.failure
  await core.store.db.commit([await core.store.meta.write('freshness', { day, ...statement })])
  return null
}
