import { describe, expect, test } from 'vitest'
import { type CborValue, concat, decode, encode } from './encoding.ts'
import { deviceIdOf } from './entry.ts'
import { coSignBody, makeGenesis, makeUpdate, nextBody, signBody } from './makeEntry.ts'
import {
  activeDevices,
  compareHead,
  extendChain,
  type Sigchain,
  type SignedEntry,
  verifyChain,
} from './sigchain.ts'
import {
  adds,
  chainOf,
  flipBit,
  grown,
  hashOf,
  HOUR,
  newAccount,
  newKeys,
  newSignKeys,
  NO_CAPS,
  recovers,
  refused,
  revokes,
  setsRecovery,
  signed,
  type TestKeys,
  updateOf,
  verified,
  withPhone,
} from './testing.ts'

describe('a chain', () => {
  test('begins with one Device, whose id commits to its keys', async () => {
    const { chain, device } = await newAccount()
    expect(activeDevices(chain)).toMatchObject([
      {
        deviceId: await deviceIdOf(device.sign.publicKey, device.dh.publicKey),
        addedSeq: 0,
        approvedBy: null,
      },
    ])
    expect(chain).toMatchObject({ head: { seq: 0, hash: chain.accountId }, suspended: false })
  })

  test('of another Account is refused, whatever else it says', async () => {
    const alice = await newAccount()
    const mallory = await newAccount()
    expect(await verifyChain(alice.chain.accountId, mallory.entries)).toMatchObject({
      failure: 'wrong_account',
    })
    expect(await verifyChain(alice.chain.accountId, [])).toMatchObject({ failure: 'not_genesis' })
  })

  test('grows by add, update and revoke, and remembers who approved whom', async () => {
    const { alice, phone } = await withPhone()
    const updated = await grown(alice, await updateOf(alice.chain, phone, Uint8Array.of(1)))
    const { chain } = await grown(updated, await revokes(updated.chain, phone, alice.device, 'lost'))
    expect(activeDevices(chain)).toMatchObject([
      { deviceId: phone.deviceId, caps: Uint8Array.of(1), approvedBy: alice.device.deviceId },
    ])
    expect(chain.devices[0]).toMatchObject({ revokedSeq: 3, revokeReason: 'lost' })
  })

  test('verified in two parts, cut anywhere and overlapping anyhow, is the chain verified at once', async () => {
    const { alice, phone } = await withPhone()
    const longer = await grown(alice, await updateOf(alice.chain, phone, Uint8Array.of(1)))
    const { chain, entries } = await grown(longer, await revokes(longer.chain, phone, alice.device))
    for (let known = 1; known <= entries.length; known++) {
      const part = await verified(chain.accountId, entries.slice(0, known))
      for (let from = 0; from <= known; from++) {
        expect(await extendChain(part, entries.slice(from))).toEqual({ ok: true, chain })
      }
    }
  })
})

describe('a ghost Device is refused', () => {
  test('when nobody of the Account signed it', async () => {
    const { chain } = await newAccount()
    const mallory = await newKeys()
    expect(await extendChain(chain, [await adds(chain, mallory, await newKeys())])).toMatchObject(
      refused('not_active'),
    )
  })

  test('when an outsider signs in the name of a Device', async () => {
    const { chain, device } = await newAccount()
    const mallory = { ...(await newKeys()), deviceId: device.deviceId }
    expect(await extendChain(chain, [await adds(chain, mallory, await newKeys())])).toMatchObject(
      refused('bad_signature'),
    )
  })

  test('when it did not consent itself', async () => {
    const { chain, device } = await newAccount()
    const ghost = await newKeys()
    const entry = await adds(chain, device, ghost)
    const wrong = await coSignBody(device.sign.privateKey, entry.body)
    expect(await extendChain(chain, [{ ...entry, coSignature: wrong }])).toMatchObject(
      refused('bad_signature'),
    )
    expect(await extendChain(chain, [withoutConsent(entry)])).toMatchObject(refused('bad_signature'))
    const signature = await signBody(ghost.sign.privateKey, entry.body)
    expect(await extendChain(chain, [{ ...entry, coSignature: signature }])).toMatchObject(
      refused('bad_signature'),
    )
  })

  test('when a revoked Device approved it', async () => {
    const { alice, phone } = await withPhone()
    const { chain } = await grown(alice, await revokes(alice.chain, alice.device, phone))
    expect(await extendChain(chain, [await adds(chain, phone, await newKeys())])).toMatchObject(
      refused('not_active'),
    )
  })

  test('when its keys are of small order or low order', async () => {
    const { chain, device } = await newAccount()
    const mallory = await newKeys()
    const identity = Uint8Array.of(1, ...new Uint8Array(31))
    const weakSign = { ...mallory, sign: { ...mallory.sign, publicKey: identity } }
    const weakDh = { ...mallory, dh: { ...mallory.dh, publicKey: identity } }
    expect(await extendChain(chain, [await adds(chain, device, weakSign)])).toMatchObject(refused('bad_key'))
    expect(await extendChain(chain, [await adds(chain, device, weakDh)])).toMatchObject(refused('bad_key'))
  })
})

describe('keys are new to their chain', () => {
  test('a revoked Device never returns, nor one half of its keys', async () => {
    const { alice, phone } = await withPhone()
    const { chain } = await grown(alice, await revokes(alice.chain, alice.device, phone))
    const fresh = await newKeys()
    for (const device of [phone, { ...fresh, sign: phone.sign }, { ...fresh, dh: phone.dh }]) {
      expect(await extendChain(chain, [await adds(chain, alice.device, device)])).toMatchObject(
        refused('key_reused'),
      )
    }
  })

  test('a recovery key is no Device key and no earlier recovery key', async () => {
    const { chain, device } = await newAccount()
    const planted = await setsRecovery(chain, device, [], device.sign.publicKey)
    expect(await extendChain(chain, [planted])).toMatchObject(refused('key_reused'))
    const recovery = await newSignKeys()
    const alice = await newAccount(recovery.publicKey)
    const again = await recovers(alice.chain, recovery, await newKeys(), recovery.publicKey)
    expect(await extendChain(alice.chain, [again])).toMatchObject(refused('key_reused'))
  })

  test('a genesis does not use one key twice', async () => {
    const { sign, dh } = await newKeys()
    const founding = { sign, dhPub: dh.publicKey, caps: NO_CAPS, hour: HOUR, recoveryPub: sign.publicKey }
    const { accountId, entry } = await makeGenesis(founding)
    expect(await verifyChain(accountId, [entry])).toMatchObject(refused('key_reused'))
  })
})

describe('the order of Entries', () => {
  test('a replayed add is refused', async () => {
    const { alice, phone } = await withPhone()
    const { chain, entries } = await grown(alice, await revokes(alice.chain, alice.device, phone))
    const replayed = entries[1] as SignedEntry
    expect(await verifyChain(chain.accountId, [...entries, replayed])).toMatchObject(refused('bad_sequence'))
  })

  test('an Entry of another Account is refused', async () => {
    const alice = await newAccount()
    const mallory = await newAccount()
    const foreign = await adds(mallory.chain, mallory.device, await newKeys())
    expect(await extendChain(alice.chain, [foreign])).toMatchObject(refused('wrong_account'))
  })

  test('a missing or repeated Entry is refused', async () => {
    const { alice, phone } = await withPhone()
    const { chain, entries } = await grown(alice, await revokes(alice.chain, alice.device, phone))
    const [genesis, add, revoke] = entries as [SignedEntry, SignedEntry, SignedEntry]
    expect(await verifyChain(chain.accountId, [genesis, revoke])).toMatchObject(refused('bad_sequence'))
    expect(await verifyChain(chain.accountId, [genesis, add, add])).toMatchObject(refused('bad_sequence'))
    expect(await extendChain(chain, [genesis, revoke])).toMatchObject(refused('bad_sequence'))
  })

  test('an hour that no date can name is refused', async () => {
    const { chain, device } = await newAccount()
    const at = (hour: number) => signed(chain, device, { name: 'update', caps: NO_CAPS }, hour)
    const last = 2_400_000_000
    expect(Number.isNaN(new Date(last * 3_600_000).getTime())).toBe(false)
    expect(await extendChain(chain, [await at(last)])).toMatchObject({ ok: true, chain: { hour: last } })
    expect(await extendChain(chain, [await at(last + 1)])).toMatchObject(refused('bad_encoding'))
  })

  test('hours do not go back', async () => {
    const { chain, device } = await newAccount()
    const early = await signed({ ...chain, hour: 0 }, device, { name: 'update', caps: NO_CAPS }, HOUR - 1)
    expect(await extendChain(chain, [early])).toMatchObject(refused('bad_sequence'))
    const late = await makeUpdate({
      chain,
      deviceId: device.deviceId,
      sign: device.sign,
      caps: NO_CAPS,
      hour: 1,
    })
    expect(await extendChain(chain, [late])).toMatchObject({ ok: true, chain: { hour: HOUR } })
  })

  test('an answer that ends before the known head is a rollback', async () => {
    const { alice } = await withPhone()
    expect(await extendChain(alice.chain, alice.entries.slice(0, 1))).toMatchObject(refused('rolled_back'))
    expect(await extendChain(alice.chain, [])).toEqual({ ok: true, chain: alice.chain })
  })
})

describe('a fork', () => {
  test('is two valid Entries on one predecessor, whichever was seen first', async () => {
    const { first, second } = await racingAdds()
    expect(await extendChain(first.chain, second.entries)).toMatchObject(refused('fork'))
    expect(await extendChain(second.chain, first.entries)).toMatchObject(refused('fork'))
    expect(await extendChain(first.chain, second.entries.slice(1))).toMatchObject(refused('fork'))
  })

  test('is also an Entry that continues the other branch', async () => {
    const { alice, first, second } = await racingAdds()
    const onSecond = await updateOf(second.chain, alice.device, Uint8Array.of(2))
    expect(await extendChain(first.chain, [onSecond])).toMatchObject(refused('fork'))
  })

  test('cannot be manufactured by altering a known Entry', async () => {
    const { alice } = await withPhone()
    const add = alice.entries[1] as SignedEntry
    for (const bit of [8 * 60, 8 * 120, add.body.length * 8 - 1]) {
      const altered = { ...add, body: flipBit(add.body, bit) }
      const result = await extendChain(alice.chain, [altered])
      expect(result).toMatchObject({ ok: false })
      expect(result.ok || result.failure).not.toBe('fork')
    }
  })

  test('is not what an unknown version in a known place makes', async () => {
    const { alice } = await withPhone()
    const genesis = alice.entries[0] as SignedEntry
    expect(await extendChain(alice.chain, [genesis, laterVersion(alice.chain)])).toMatchObject(
      refused('bad_encoding'),
    )
  })

  test('shows in a head', async () => {
    const { alice, first, second } = await racingAdds()
    expect(compareHead(first.chain, first.chain.head)).toBe('same')
    expect(compareHead(first.chain, alice.chain.head)).toBe('older')
    expect(compareHead(alice.chain, first.chain.head)).toBe('newer')
    expect(compareHead(first.chain, second.chain.head)).toBe('fork')
  })

  test('does not arise when the one who came second signs again on the winner', async () => {
    const { alice, first } = await racingAdds()
    const again = await adds(first.chain, alice.device, await newKeys())
    expect(await extendChain(first.chain, [again])).toMatchObject({ ok: true, chain: { head: { seq: 2 } } })
  })
})

describe('what a later release writes', () => {
  test('an operation unknown here suspends the chain and keeps what was verified', async () => {
    const { alice, phone } = await withPhone()
    const later = await laterOperation(alice.chain, phone)
    const suspendedBy = await hashOf(later.body)
    const chain = { ...alice.chain, suspended: true, suspendedBy }
    expect(await extendChain(alice.chain, [later])).toEqual({ ok: true, chain })
  })

  test('beside a signed operation that is unknown here, another Entry is a fork, so that no revocation is hidden', async () => {
    const { alice, phone } = await withPhone()
    const later = await laterOperation(alice.chain, alice.device)
    const suspended = chainOf(await extendChain(alice.chain, [later]))
    for (const other of [
      await adds(alice.chain, phone, await newKeys()),
      await laterOperation(alice.chain, phone),
    ]) {
      const result = await extendChain(suspended, [...alice.entries, other])
      expect(result).toEqual({ ok: false, failure: 'fork', chain: suspended })
    }
    expect(await extendChain(suspended, [...alice.entries, later])).toEqual({ ok: true, chain: suspended })
  })

  test('beside a signed operation that is unknown here, what nobody signed changes nothing', async () => {
    const { alice, phone } = await withPhone()
    const later = await laterOperation(alice.chain, phone)
    const suspended = chainOf(await extendChain(alice.chain, [later]))
    const unsigned = laterVersion(alice.chain)
    expect(await extendChain(suspended, [unsigned])).toEqual({ ok: true, chain: suspended })
    const forged = { ...later, body: concat(later.body.slice(0, -1), Uint8Array.of(0x78)) }
    expect(await extendChain(suspended, [forged])).toMatchObject({ ok: false, chain: suspended })
    expect(await extendChain(chainOf(await extendChain(alice.chain, [unsigned])), [later])).toEqual({
      ok: true,
      chain: suspended,
    })
  })

  test('an unknown operation that nobody of the Account signed does not suspend', async () => {
    const { chain } = await newAccount()
    const mallory = await newKeys()
    expect(await extendChain(chain, [await laterOperation(chain, mallory)])).toMatchObject(
      refused('not_active'),
    )
    const deviceId = activeDevices(chain)[0]?.deviceId ?? NO_CAPS
    const forged = await laterOperation(chain, { ...mallory, deviceId })
    expect(await extendChain(chain, [forged])).toMatchObject(refused('bad_signature'))
  })

  test('an unknown version suspends, and a known Entry in its place lifts it', async () => {
    const { chain, device } = await newAccount()
    const result = await extendChain(chain, [laterVersion(chain)])
    expect(result).toEqual({ ok: true, chain: { ...chain, suspended: true } })
    const suspended = chainOf(result)
    expect(await extendChain(suspended, [])).toMatchObject({ chain: { suspended: true } })
    const update = await updateOf(chain, device, Uint8Array.of(1))
    expect(await extendChain(suspended, [update])).toMatchObject({ ok: true, chain: { suspended: false } })
  })

  test('an Entry that does not hold leaves a suspended chain suspended', async () => {
    const { chain, device } = await newAccount()
    const suspended = chainOf(await extendChain(chain, [laterVersion(chain)]))
    const update = await updateOf(chain, device, Uint8Array.of(1))
    const forged = { ...update, signature: flipBit(update.signature, 7) }
    const result = await extendChain(suspended, [forged])
    expect(result).toEqual({ ok: false, failure: 'bad_signature', chain: suspended })
  })

  test('a genesis of an unknown version gives no chain', async () => {
    const { accountId } = (await newAccount()).chain
    const body = encode(['plasma/1/sigchain', 2, 'anything'])
    const genesis = { body, signature: new Uint8Array(64) }
    expect(await verifyChain(accountId, [genesis])).toMatchObject({ failure: 'wrong_account' })
    expect(await verifyChain(await hashOf(body), [genesis])).toMatchObject(refused('unknown_version'))
  })
})

/** One chain of two Entries, and the same Device's two different third ones. */
async function racingAdds() {
  const alice = await newAccount()
  const first = await grown(alice, await adds(alice.chain, alice.device, await newKeys()))
  const second = await grown(alice, await adds(alice.chain, alice.device, await newKeys()))
  return { alice, first, second }
}

/** An Entry whose operation has a number that version 1 does not give. */
async function laterOperation(chain: Sigchain, by: TestKeys): Promise<SignedEntry> {
  const value = decode(
    nextBody(chain, { signer: by.deviceId, hour: HOUR, operation: { name: 'update', caps: NO_CAPS } }),
  )
  const body = encode(
    (value as CborValue[]).map((part, index) => (index === 7 ? 17 : index === 8 ? ['new'] : part)),
  )
  return { body, signature: await signBody(by.sign.privateKey, body) }
}

function laterVersion(chain: Sigchain): SignedEntry {
  return {
    body: encode(['plasma/1/sigchain', 2, chain.accountId, 'anything']),
    signature: new Uint8Array(64),
  }
}

function withoutConsent({ body, signature }: SignedEntry): SignedEntry {
  return { body, signature }
}
