import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_ACTIVE_DEVICES } from './limits.ts'
import { activeDevices, extendChain, type Sigchain, type SignedEntry, verifyChain } from './sigchain.ts'
import {
  adds,
  newAccount,
  newKeys,
  newSignKeys,
  NO_CAPS,
  recovers,
  revokes,
  type TestKeys,
  updateOf,
} from './testing.ts'

/** What the rules say about who is in, without bytes, hashes or signatures. */
interface Model {
  readonly everyone: TestKeys[]
  active: TestKeys[]
  recoverable: boolean
}

type Step = {
  readonly op: 'add' | 'add-again' | 'revoke' | 'update' | 'recover'
  readonly by: number
  readonly on: number
}

const steps = fc.array(
  fc.record<Step>({
    op: fc.constantFrom('add', 'add', 'add-again', 'revoke', 'update', 'recover'),
    by: fc.nat({ max: 9 }),
    on: fc.nat({ max: 9 }),
  }),
  { minLength: 1, maxLength: 14 },
)

test('whatever Devices try, the chain has exactly the Devices that the rules allow', async () => {
  await fc.assert(fc.asyncProperty(steps, playScript), { numRuns: 25 })
})

async function playScript(script: readonly Step[]): Promise<void> {
  const recovery = await newSignKeys()
  const account = await newAccount(recovery.publicKey)
  const model: Model = { everyone: [account.device], active: [account.device], recoverable: true }
  let { chain } = account
  const taken: SignedEntry[] = [...account.entries]
  for (const { op, by, on } of script) {
    const signer = model.everyone[by % model.everyone.length] as TestKeys
    const target = model.everyone[on % model.everyone.length] as TestKeys
    const fresh = await newKeys()
    const entry = await (op === 'recover'
      ? recovers(chain, recovery, fresh)
      : entryBy(chain, op, signer, op === 'add' ? fresh : target))
    const result = await extendChain(chain, [entry])
    expect(result.ok).toBe(play(model, op, signer, target, fresh))
    if (result.ok) {
      chain = result.chain
      taken.push(entry)
    }
    expect(ids(activeDevices(chain))).toEqual(ids(model.active))
  }
  expect(await verifyChain(chain.accountId, taken)).toEqual({ ok: true, chain })
}

function entryBy(
  chain: Sigchain,
  op: Exclude<Step['op'], 'recover'>,
  signer: TestKeys,
  target: TestKeys,
): Promise<SignedEntry> {
  if (op === 'revoke') return revokes(chain, signer, target)
  if (op === 'update') return updateOf(chain, signer, NO_CAPS)
  return adds(chain, signer, target)
}

function play(model: Model, op: Step['op'], signer: TestKeys, target: TestKeys, fresh: TestKeys): boolean {
  if (op === 'recover') {
    if (!model.recoverable) return false
    model.recoverable = false
    model.active = [fresh]
    model.everyone.push(fresh)
    return true
  }
  if (op === 'add-again' || !model.active.includes(signer)) return false
  if (op === 'update') return true
  if (op === 'revoke') {
    if (!model.active.includes(target) || model.active.length === 1) return false
    model.active = model.active.filter((device) => device !== target)
    return true
  }
  if (model.active.length >= MAX_ACTIVE_DEVICES) return false
  model.active = [...model.active, fresh]
  model.everyone.push(fresh)
  return true
}

function ids(devices: readonly { readonly deviceId: Uint8Array }[]): readonly string[] {
  return devices.map(({ deviceId }) => deviceId.join()).toSorted()
}
