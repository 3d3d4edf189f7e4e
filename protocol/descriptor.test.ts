import { describe, expect, test } from 'vitest'
import { deriveLink, makeLinkSecret } from './contactLink.ts'
import { type Descriptor, openDescriptor, sealDescriptor } from './descriptor.ts'
import { MAX_DESCRIPTOR_AVATAR_BYTES } from './limits.ts'
import { flipBit, grown, HOUR, newAccount, revokes, type TestAccount, withPhone } from './testing.ts'

describe('a descriptor', () => {
  test('shows the readers of a link who made it', async () => {
    const { alice, link, sealed, descriptor } = await published()
    expect(await openDescriptor(link, sealed, alice.chain)).toEqual({ ok: true, descriptor })
  })

  test('does not tell the API how long a name is', async () => {
    const lengths = new Set<number>()
    for (const name of ['A', 'Alice', 'Алиса', 'а'.repeat(80)])
      lengths.add((await published({ name })).sealed.length)
    expect([...lengths]).toEqual([512])
    const avatar = new Uint8Array(MAX_DESCRIPTOR_AVATAR_BYTES)
    expect((await published({ avatar })).sealed.length).toBe(6144)
    expect((await published({ avatar: avatar.subarray(0, 3000) })).sealed.length).toBe(6144)
  })

  test('altered anywhere is forged', async () => {
    const { alice, link, sealed } = await published()
    for (let bit = 0; bit < sealed.length * 8; bit += 61) {
      const result = await openDescriptor(link, flipBit(sealed, bit), alice.chain)
      expect(result).toEqual({ ok: false, failure: 'forged' })
    }
    expect(await openDescriptor(link, new Uint8Array(3), alice.chain)).toEqual({
      ok: false,
      failure: 'forged',
    })
  })

  test('of another link is forged', async () => {
    const { alice, sealed } = await published()
    const other = await deriveLink(makeLinkSecret('long_lived').secret, 'long_lived')
    expect(await openDescriptor(other, sealed, alice.chain)).toEqual({ ok: false, failure: 'forged' })
  })

  test('that a reader of the link made about its owner is forged', async () => {
    const { alice, link } = await published()
    const mallory = await newAccount()
    const lie = { ...descriptorOf(alice), name: 'Bank' }
    const sealed = await sealDescriptor(link, lie, mallory.device.sign)
    expect(await openDescriptor(link, sealed, alice.chain)).toEqual({ ok: false, failure: 'forged' })
  })

  test('that names another Account than the link is forged', async () => {
    const { alice, link } = await published()
    const mallory = await newAccount()
    const sealed = await sealDescriptor(link, descriptorOf(mallory), mallory.device.sign)
    expect(await openDescriptor(link, sealed, alice.chain)).toEqual({ ok: false, failure: 'forged' })
  })

  test('of a Device that was revoked since is not shown', async () => {
    const { alice, phone } = await withPhone()
    const { link, sealed } = await published({}, alice)
    const { chain } = await grown(alice, await revokes(alice.chain, phone, alice.device))
    expect(await openDescriptor(link, sealed, chain)).toEqual({ ok: false, failure: 'not_active' })
  })

  test('beyond its limits is not made', async () => {
    const avatar = new Uint8Array(MAX_DESCRIPTOR_AVATAR_BYTES + 1)
    for (const change of [{ name: '' }, { name: 'a'.repeat(81) }, { platform: '' }, { avatar }]) {
      await expect(published(change)).rejects.toThrow(RangeError)
    }
  })
})

async function published(change: Partial<Descriptor> = {}, account?: TestAccount) {
  const alice = account ?? (await newAccount())
  const { secret, kind } = makeLinkSecret('long_lived')
  const link = await deriveLink(secret, kind)
  const descriptor = { ...descriptorOf(alice), ...change }
  return { alice, link, descriptor, sealed: await sealDescriptor(link, descriptor, alice.device.sign) }
}

function descriptorOf({ chain, device }: TestAccount): Descriptor {
  const { accountId } = chain
  return { accountId, deviceId: device.deviceId, hour: HOUR, name: 'Alice', avatar: null, platform: 'Bazaar' }
}
