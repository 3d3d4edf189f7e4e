import { describe, expect, test } from 'vitest'
import { confirmedHour, type FreshnessResult, verifyFreshness } from './freshness.ts'
import { makeFreshness } from './makeFreshness.ts'
import type { Sigchain } from './sigchain.ts'
import {
  adds,
  flipBit,
  grown,
  HOUR,
  newAccount,
  newKeys,
  revokes,
  type TestKeys,
  withPhone,
} from './testing.ts'

describe('a freshness statement', () => {
  test('of an active Device names the head it knows', async () => {
    const { alice, phone } = await withPhone()
    expect(await verifyFreshness(alice.chain, await stated(alice.chain, phone))).toEqual({
      ok: true,
      deviceId: phone.deviceId,
      seq: 1,
      hash: alice.chain.head.hash,
      hour: HOUR,
      relation: 'same',
    })
  })

  test('tells an older and a newer head from the known one', async () => {
    const { alice, phone } = await withPhone()
    const later = await grown(alice, await revokes(alice.chain, phone, alice.device))
    expect(await verifyFreshness(later.chain, await stated(alice.chain, phone))).toMatchObject({
      relation: 'older',
    })
    expect(await verifyFreshness(alice.chain, await stated(later.chain, phone))).toMatchObject({
      relation: 'newer',
    })
  })

  test('that names another Entry at a known place is a fork', async () => {
    const alice = await newAccount()
    const first = await grown(alice, await adds(alice.chain, alice.device, await newKeys()))
    const second = await grown(alice, await adds(alice.chain, alice.device, await newKeys()))
    const statement = await stated(second.chain, alice.device)
    expect(await verifyFreshness(first.chain, statement)).toEqual({ ok: false, failure: 'fork' })
  })

  test('of a revoked or unknown Device says nothing', async () => {
    const { alice, phone } = await withPhone()
    const { chain } = await grown(alice, await revokes(alice.chain, alice.device, phone))
    for (const device of [phone, await newKeys()]) {
      const statement = await stated(chain, device)
      expect(await verifyFreshness(chain, statement)).toEqual({ ok: false, failure: 'not_active' })
    }
  })

  test('of another Account says nothing', async () => {
    const alice = await newAccount()
    const bob = await newAccount()
    const statement = await stated(bob.chain, alice.device)
    expect(await verifyFreshness(alice.chain, statement)).toEqual({ ok: false, failure: 'wrong_account' })
  })

  test('with any bit flipped is refused', async () => {
    const { chain, device } = await newAccount()
    const { body, signature } = await stated(chain, device)
    for (let bit = 0; bit < body.length * 8; bit += 3) {
      expect(await verifyFreshness(chain, { body: flipBit(body, bit), signature })).toMatchObject({
        ok: false,
      })
    }
    for (let bit = 0; bit < 512; bit += 5) {
      const forged = { body, signature: flipBit(signature, bit) }
      expect(await verifyFreshness(chain, forged)).toEqual({ ok: false, failure: 'bad_signature' })
    }
  })
})

describe('a device list is confirmed', () => {
  const statement = (hour: number, relation: 'same' | 'older' | 'newer' = 'same'): FreshnessResult => ({
    ok: true,
    deviceId: new Uint8Array(16),
    seq: 1,
    hash: new Uint8Array(32),
    hour,
    relation,
  })

  test('since the latest statement that names the known head', () => {
    expect(confirmedHour([statement(HOUR - 30), statement(HOUR - 2), statement(HOUR, 'older')], HOUR)).toBe(
      HOUR - 2,
    )
  })

  test('by nothing older than a week, nothing far ahead, and nothing refused', () => {
    expect(confirmedHour([statement(HOUR - 169)], HOUR)).toBeNull()
    expect(confirmedHour([statement(HOUR - 168)], HOUR)).toBe(HOUR - 168)
    expect(confirmedHour([statement(HOUR + 49)], HOUR)).toBeNull()
    expect(confirmedHour([{ ok: false, failure: 'not_active' }, statement(HOUR, 'newer')], HOUR)).toBeNull()
  })
})

function stated(chain: Sigchain, by: TestKeys) {
  return makeFreshness({
    accountId: chain.accountId,
    deviceId: by.deviceId,
    sign: by.sign,
    head: chain.head,
    hour: HOUR,
  })
}
