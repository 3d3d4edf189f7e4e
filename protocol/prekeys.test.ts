import { describe, expect, test } from 'vitest'
import { makeLastResort, makeOneTime, makeOneTimeKem, makeSignedPreKey } from './makePrekeys.ts'
import { type PreKeyBundle, type PrekeyKind, verifyBundle, verifyPrekeySignature } from './prekeys.ts'
import { activeDevices, type ChainDevice } from './sigchain.ts'
import { flipBit, HOUR, newAccount, type TestAccount } from './testing.ts'
import { generateKemKeyPair } from '#primitives'

describe('a bundle', () => {
  test('of the Device that signed it is taken, with the kind of its ML-KEM key', async () => {
    const { device, bundle, lastResort } = await bob()
    expect(await verifyBundle(device, bundle)).toEqual({
      ok: true,
      bundle: { ...bundle, deviceId: device.deviceId, kemKind: 'one_time_kem' },
    })
    expect(await verifyBundle(device, { ...bundle, oneTime: null, kem: lastResort })).toMatchObject({
      ok: true,
      bundle: { kemKind: 'last_resort_kem' },
    })
  })

  test('of another Device is refused', async () => {
    const { bundle } = await bob()
    const mallory = await bob()
    expect(await verifyBundle(mallory.device, bundle)).toEqual({ ok: false, failure: 'bad_signature' })
  })

  test('in which one key stands in for another is refused', async () => {
    const { device, bundle } = await bob()
    const { signedPreKey, oneTime, kem } = bundle
    const swaps: PreKeyBundle[] = [
      { signedPreKey: oneTime ?? signedPreKey, oneTime: null, kem },
      { signedPreKey, oneTime: signedPreKey, kem },
      { signedPreKey: { ...signedPreKey, key: oneTime?.key ?? kem.key }, oneTime: null, kem },
      { signedPreKey, oneTime, kem: { ...kem, key: (await bob()).bundle.kem.key } },
    ]
    for (const swapped of swaps) {
      expect(await verifyBundle(device, swapped)).toEqual({ ok: false, failure: 'bad_signature' })
    }
  })

  test('with an altered id, hour, key or signature is refused', async () => {
    const { device, bundle } = await bob()
    const { signedPreKey } = bundle
    for (const altered of [
      { ...signedPreKey, prekeyId: flipBit(signedPreKey.prekeyId, 3) },
      { ...signedPreKey, prekeyId: signedPreKey.prekeyId.subarray(1) },
      { ...signedPreKey, hour: HOUR + 1 },
      { ...signedPreKey, hour: 1.5 },
      { ...signedPreKey, key: flipBit(signedPreKey.key, 3) },
      { ...signedPreKey, signature: flipBit(signedPreKey.signature, 3) },
    ]) {
      expect(await verifyBundle(device, { ...bundle, signedPreKey: altered })).toMatchObject({ ok: false })
    }
  })

  test('with keys that are no public keys is refused, even signed', async () => {
    const { account, device, bundle } = await bob()
    const { privateKey } = account.device.dh
    const lowOrder = { publicKey: new Uint8Array(32), privateKey }
    const nonCanonical = { publicKey: new Uint8Array(32).fill(255), privateKey }
    for (const pair of [lowOrder, nonCanonical]) {
      const signedPreKey = (await makeSignedPreKey({ ...ownerOf(account), pair })).prekey
      const oneTime = (await makeOneTime({ ...ownerOf(account), pair })).prekey
      expect(await verifyBundle(device, { ...bundle, signedPreKey })).toEqual({
        ok: false,
        failure: 'bad_key',
      })
      expect(await verifyBundle(device, { ...bundle, oneTime })).toEqual({ ok: false, failure: 'bad_key' })
    }
    const short = { ...bundle.kem, key: bundle.kem.key.subarray(1) }
    expect(await verifyBundle(device, { ...bundle, kem: short })).toEqual({ ok: false, failure: 'bad_key' })
  })

  test('whose ML-KEM key has a coefficient of q or above is refused, even signed', async () => {
    const { account, device, bundle } = await bob()
    const { publicKey, privateKey } = await generateKemKeyPair()
    const overQ = Uint8Array.from(publicKey)
    overQ.set([0x01, 0x0d], 0)
    const pair = { publicKey: overQ, privateKey }
    for (const make of [makeOneTimeKem, makeLastResort]) {
      const kem = (await make({ ...ownerOf(account), pair })).prekey
      expect(await verifyBundle(device, { ...bundle, kem })).toEqual({ ok: false, failure: 'bad_key' })
    }
  })
})

test('a prekey has the id it was given, else one of its own', async () => {
  const { account } = await bob()
  const prekeyId = new Uint8Array(16).fill(9)
  expect((await makeOneTime({ ...ownerOf(account), prekeyId })).prekey.prekeyId).toEqual(prekeyId)
  const [one, other] = [await makeOneTime(ownerOf(account)), await makeOneTime(ownerOf(account))]
  expect(one.prekey.prekeyId).not.toEqual(other.prekey.prekeyId)
})

test('a signature holds for one use of a key only', async () => {
  const { device, bundle } = await bob()
  const kinds: PrekeyKind[] = ['signed', 'one_time', 'one_time_kem', 'last_resort_kem']
  for (const kind of kinds) {
    expect(await verifyPrekeySignature(kind, device, bundle.signedPreKey)).toBe(kind === 'signed')
  }
})

async function bob() {
  const account = await newAccount()
  const owner = ownerOf(account)
  const bundle: PreKeyBundle = {
    signedPreKey: (await makeSignedPreKey(owner)).prekey,
    oneTime: (await makeOneTime(owner)).prekey,
    kem: (await makeOneTimeKem(owner)).prekey,
  }
  const device = activeDevices(account.chain)[0] as ChainDevice
  return { account, device, bundle, lastResort: (await makeLastResort(owner)).prekey }
}

function ownerOf({ device }: TestAccount) {
  return { deviceId: device.deviceId, sign: device.sign, hour: HOUR }
}
