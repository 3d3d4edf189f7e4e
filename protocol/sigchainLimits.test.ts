import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CborValue, decode, encode } from './encoding.ts'
import { MAX_ACTIVE_DEVICES, MAX_CHAIN_ENTRIES, RESERVED_CHAIN_ENTRIES } from './limits.ts'
import { nextBody, signBody } from './makeEntry.ts'
import { activeDevices, extendChain, type Sigchain, type SignedEntry, verifyChain } from './sigchain.ts'
import {
  adds,
  chainOf,
  flipBit,
  grown,
  HOUR,
  newAccount,
  newKeys,
  newSignKeys,
  NO_CAPS,
  recovers,
  refused,
  revokes,
  setsRecovery,
  updateOf,
  verified,
  withPhone,
} from './testing.ts'

describe('limits', () => {
  test('a ninth active Device is refused', async () => {
    let alice = await newAccount()
    for (let i = 1; i < MAX_ACTIVE_DEVICES; i++) {
      alice = await grown(alice, await adds(alice.chain, alice.device, await newKeys()))
    }
    const ninth = await adds(alice.chain, alice.device, await newKeys())
    expect(await extendChain(alice.chain, [ninth])).toMatchObject(refused('limit'))
  })

  test('the last 16 Entries only revoke or recover, and the whole chain fits 48 KiB', async () => {
    const { alice, phone } = await withPhone()
    let { chain } = alice
    while (chain.head.seq < MAX_CHAIN_ENTRIES - RESERVED_CHAIN_ENTRIES - 1) {
      chain = chainOf(await extendChain(chain, [await updateOf(chain, phone, Uint8Array.of(chain.head.seq))]))
    }
    expect(await extendChain(chain, [await updateOf(chain, phone, NO_CAPS)])).toMatchObject(refused('limit'))
    expect(await extendChain(chain, [await adds(chain, phone, await newKeys())])).toMatchObject(
      refused('limit'),
    )
    const { chain: smaller } = (await extendChain(chain, [await revokes(chain, alice.device, phone)])) as {
      chain: Sigchain
    }
    expect(smaller.head.seq).toBe(MAX_CHAIN_ENTRIES - RESERVED_CHAIN_ENTRIES)
    expect(smaller.sizeBytes).toBeLessThan(48 * 1024)
  })

  test('a chain of nothing but the longest Entries fits, and 129 Entries are not looked at', async () => {
    const { chain, entries, device } = await newAccount()
    const longest = await adds(chain, device, await newKeys())
    const size = longest.body.length + longest.signature.length + (longest.coSignature?.length ?? 0)
    expect(size * MAX_CHAIN_ENTRIES).toBeLessThan(48 * 1024)
    const many = Array.from({ length: MAX_CHAIN_ENTRIES + 1 }, () => entries[0] as SignedEntry)
    expect(await verifyChain(chain.accountId, many)).toMatchObject(refused('limit'))
    expect(await extendChain(chain, many)).toMatchObject(refused('limit'))
  })

  test('a chain that is full of bytes still revokes', async () => {
    const { alice, phone } = await withPhone()
    const full = { ...alice.chain, sizeBytes: 48 * 1024 - 3000 }
    expect(await extendChain(full, [await updateOf(full, phone, NO_CAPS)])).toMatchObject(refused('limit'))
    expect(await extendChain(full, [await revokes(full, phone, alice.device)])).toMatchObject({ ok: true })
  })
})

describe('a stolen Device', () => {
  test('cannot leave the Account without a Device, and only recovery removes the last one', async () => {
    const recovery = await newSignKeys()
    const alice = await newAccount(recovery.publicKey)
    expect(
      await extendChain(alice.chain, [await revokes(alice.chain, alice.device, alice.device)]),
    ).toMatchObject(refused('last_device'))
    const { chain } = await grown(alice, await recovers(alice.chain, recovery, await newKeys()))
    expect(chain.devices[0]).toMatchObject({ revokedSeq: 1, revokeReason: 'recovered' })
    expect(activeDevices(chain)).toHaveLength(1)
  })

  test('that revokes all others cannot replace the recovery key, and is revoked by it', async () => {
    const recovery = await newSignKeys()
    const own = await newKeys()
    const alice = await newAccount(recovery.publicKey)
    const phone = await newKeys()
    const two = await grown(alice, await adds(alice.chain, alice.device, phone))
    const alone = await grown(two, await revokes(two.chain, phone, alice.device))
    const planted = (await newSignKeys()).publicKey
    expect(
      await extendChain(alone.chain, [await setsRecovery(alone.chain, phone, [], planted)]),
    ).toMatchObject(refused('not_active'))
    const { chain } = await grown(alone, await recovers(alone.chain, recovery, own))
    expect(activeDevices(chain)).toMatchObject([{ deviceId: own.deviceId }])
    expect(chain.recoveryPub).toBeNull()
  })

  test('cannot plant a recovery key without every other active Device', async () => {
    const { alice, phone } = await withPhone()
    const { chain } = alice
    const tablet = await newKeys()
    const three = await grown(alice, await adds(chain, phone, tablet))
    const key = (await newSignKeys()).publicKey
    const all = three.chain
    for (const consenting of [[], [tablet], [alice.device]]) {
      expect(await extendChain(all, [await setsRecovery(all, phone, consenting, key)])).toMatchObject(
        refused('bad_signature'),
      )
    }
    const agreed = await setsRecovery(all, phone, [alice.device, tablet], key)
    expect(await extendChain(all, [agreed])).toMatchObject({ ok: true, chain: { recoveryPub: key } })
  })

  test('cannot use a recovery again, nor one where there is none', async () => {
    const recovery = await newSignKeys()
    const alice = await newAccount(recovery.publicKey)
    const entry = await recovers(alice.chain, recovery, await newKeys())
    const { chain } = await grown(alice, entry)
    expect(await verifyChain(chain.accountId, [...alice.entries, entry, entry])).toMatchObject(
      refused('bad_sequence'),
    )
    expect(await extendChain(chain, [await recovers(chain, recovery, await newKeys())])).toMatchObject(
      refused('not_active'),
    )
  })

  test('cannot recover in the name of the recovery key', async () => {
    const recovery = await newSignKeys()
    const alice = await newAccount(recovery.publicKey)
    const forged = await recovers(alice.chain, alice.device.sign, await newKeys())
    expect(await extendChain(alice.chain, [forged])).toMatchObject(refused('bad_signature'))
  })

  test('keeps the recovery key that its owner sets by the old one', async () => {
    const recovery = await newSignKeys()
    const next = await newSignKeys()
    const { chain } = await newAccount(recovery.publicKey)
    const operation = { name: 'set-recovery', recoveryPub: next.publicKey } as const
    const body = nextBody(chain, { signer: null, hour: HOUR, operation })
    const entry = { body, signature: await signBody(recovery.privateKey, body) }
    expect(await extendChain(chain, [entry])).toMatchObject({
      ok: true,
      chain: { recoveryPub: next.publicKey },
    })
  })
})

describe('hostile bytes', () => {
  test('no Entry with a bit flipped is taken', async () => {
    const { alice } = await withPhone()
    const before = await verified(alice.chain.accountId, alice.entries.slice(0, 1))
    const entry = alice.entries[1] as SignedEntry
    for (const altered of flips(entry)) {
      const result = await extendChain(before, [altered])
      expect(result.chain?.head).toEqual(before.head)
      expect(result.ok && !result.chain.suspended).toBe(false)
    }
  })

  test('no second encoding of a body is taken', async () => {
    const { chain, device } = await newAccount()
    const { body } = await adds(chain, device, await newKeys())
    const value = decode(body) as CborValue[]
    const spellings = [
      Uint8Array.of(0x98, 9, ...body.subarray(1)),
      Uint8Array.of(0x9f, ...body.subarray(1), 0xff),
      Uint8Array.of(...body, 0),
      encode([...value, null]),
      encode(value.slice(0, 8)),
    ]
    for (const spelling of spellings) {
      const entry = { body: spelling, signature: await signBody(device.sign.privateKey, spelling) }
      expect(await extendChain(chain, [entry])).toMatchObject(refused('bad_encoding'))
    }
  })

  test('random bytes and random arrays are refused without an exception', async () => {
    const { chain } = await newAccount()
    const bytes = fc.uint8Array({ maxLength: 64 })
    const part = fc.oneof(
      bytes,
      fc.nat(),
      fc.constant(null),
      fc.constant('plasma/1/sigchain'),
      fc.constant(chain.accountId),
    )
    const bodies = fc.oneof(
      bytes,
      fc.array(part, { maxLength: 10 }).map((parts) => encode(parts)),
    )
    await fc.assert(
      fc.asyncProperty(bodies, bytes, async (body, signature) => {
        const result = await extendChain(chain, [{ body, signature }])
        expect(result.chain?.head).toEqual(chain.head)
      }),
      { numRuns: 300 },
    )
  })
})

/** Steps of 3 and 5 bits meet every byte, and every place in one. */
function* flips(entry: SignedEntry): Generator<SignedEntry> {
  const { body, signature, coSignature = NO_CAPS } = entry
  for (let bit = 0; bit < body.length * 8; bit += 3) yield { ...entry, body: flipBit(body, bit) }
  for (let bit = 0; bit < 512; bit += 5) yield { ...entry, signature: flipBit(signature, bit) }
  for (let bit = 0; bit < 512; bit += 5) yield { ...entry, coSignature: flipBit(coSignature, bit) }
}
