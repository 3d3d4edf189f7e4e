import { beforeAll, expect, test } from 'vitest'
import { randomBytes } from '#primitives'
import { concat, equalBytes } from './encoding.ts'
import type { LinkUse, OwnDevice, OwnPrekeys } from './handshake.ts'
import { acceptInitiation, openInitiation, startSession } from './handshake.ts'
import type { Initiation, PeerDevice } from './initiation.ts'
import { encodeInitiation, parseInitiation, verifySender } from './initiation.ts'
import type { Bytes } from './keys.ts'
import { makeUpdate } from './makeEntry.ts'
import type { VerifiedBundle } from './prekeys.ts'
import type { Inner } from './seal.ts'
import { extendChain, verifyChain } from './sigchain.ts'
import type { TestDevice } from './testDevice.ts'
import { HOUR, makeDevice } from './testDevice.ts'
import { adds, chainOf, newKeys, revokes } from './testing.ts'

let alice: TestDevice
let bob: TestDevice
let mallory: TestDevice
beforeAll(async () => {
  ;[alice, bob, mallory] = await Promise.all([makeDevice(), makeDevice(), makeDevice()])
})

interface First {
  readonly inner: Inner & { readonly initiation: Initiation }
  readonly peer: PeerDevice
}

/** Alice's first Envelope to bob as he sees it before his own part of the handshake. */
async function firstEnvelope(from = alice.clone(), to = bob, link: LinkUse | null = null): Promise<First> {
  const session = await from.start(to, link ? { link } : {})
  const opened = await to.unseal(await from.encryptIn(session, to, from.content('hi')))
  if (!opened.ok || !opened.inner.initiation) throw new Error('no initiation')
  return { inner: { ...opened.inner, initiation: opened.inner.initiation }, peer: opened.peer }
}

function bobsPrekeys(): OwnPrekeys {
  const { signedPreKey, oneTime, oneTimeKem } = bob
  return { signedPreKey, oneTime: oneTime[0] ?? null, kem: oneTimeKem[0] ?? null }
}

async function openAsBob(
  first: First,
  change: { own?: OwnDevice; prekeys?: OwnPrekeys; psk?: Bytes | null } = {},
) {
  return openInitiation({ own: bob.own, prekeys: bobsPrekeys(), psk: null, hour: HOUR, ...first, ...change })
}

function withInitiation(first: First, change: Partial<Initiation>): First {
  return { ...first, inner: { ...first.inner, initiation: { ...first.inner.initiation, ...change } } }
}

test('both sides name the session alike and the first message opens', async () => {
  const first = await firstEnvelope()
  const opened = await openAsBob(first)
  expect(opened).toMatchObject({ ok: true, content: { type: 'text' } })
  expect(opened.ok && opened.session.sid).toEqual(first.inner.header.sid)
  expect(opened.ok && opened.session.pendingInitiation).toBeNull()
})

test('a handshake without a one-time prekey and with the last resort opens', async () => {
  const last = await makeDevice(0)
  const from = alice.clone()
  const session = await from.start(last)
  expect(await last.decrypt(await from.encryptIn(session, last, from.content('hi')))).toEqual({
    ok: true,
    text: 'hi',
  })
})

test('a replayed initiation keeps its sid, and its spent one-time prekeys open nothing', async () => {
  const to = bob.clone()
  const from = alice.clone()
  const session = await from.start(to)
  const envelope = await from.encryptIn(session, to, from.content('hi'))
  expect(await to.decrypt(envelope)).toMatchObject({ ok: true })
  expect(await to.decrypt(envelope)).toEqual({ ok: false, failure: 'used_key' })
  for (const pair of to.pairs.values()) pair.sessions = []
  expect(await to.decrypt(envelope)).toEqual({ ok: false, failure: 'unknown_prekey' })
})

test('a replayed last-resort initiation derives the sid that was accepted before', async () => {
  const to = await makeDevice(0)
  const first = await firstEnvelope(alice.clone(), to)
  const prekeys = { signedPreKey: to.signedPreKey, oneTime: null, kem: to.lastResort }
  const input = {
    own: to.own,
    peer: first.peer,
    epoch: 1,
    initiation: first.inner.initiation,
    prekeys,
    psk: null,
  }
  const [one, two] = [await acceptInitiation(input), await acceptInitiation(input)]
  expect(one.ok && two.ok && equalBytes(one.session.sid, two.session.sid)).toBe(true)
})

test('a prekey that is not kept is unknown', async () => {
  const first = await firstEnvelope()
  const kept = bobsPrekeys()
  const random = randomBytes(16)
  const changes: OwnPrekeys[] = [
    { ...kept, signedPreKey: null },
    { ...kept, oneTime: null },
    { ...kept, kem: null },
    { ...kept, oneTime: bob.oneTime[1] ?? null },
    { ...kept, kem: bob.oneTimeKem[1] ?? null },
  ]
  for (const prekeys of changes) {
    expect(await openAsBob(first, { prekeys })).toEqual({ ok: false, failure: 'unknown_prekey' })
  }
  const renamed = withInitiation(first, { signedPreKeyId: random })
  expect(await openAsBob(renamed)).toEqual({ ok: false, failure: 'unknown_prekey' })
})

test('a one-time prekey that was left out, added or swapped changes the session', async () => {
  const first = await firstEnvelope()
  expect(await openAsBob(withInitiation(first, { oneTimeId: null }))).toEqual({
    ok: false,
    failure: 'forged',
  })
  const [, other] = bob.oneTime
  if (!other) throw new Error('too few prekeys')
  const swapped = withInitiation(first, { oneTimeId: other.prekey.prekeyId })
  const prekeys = { ...bobsPrekeys(), oneTime: other }
  expect(await openAsBob(swapped, { prekeys })).toEqual({ ok: false, failure: 'forged' })
})

test('a KEM prekey or ciphertext that was swapped changes the session', async () => {
  const first = await firstEnvelope()
  const [, other] = bob.oneTimeKem
  if (!other) throw new Error('too few prekeys')
  const prekeys = { ...bobsPrekeys(), kem: other }
  const swapped = withInitiation(first, { kemId: other.prekey.prekeyId })
  expect(await openAsBob(swapped, { prekeys })).toEqual({ ok: false, failure: 'forged' })
  const second = await firstEnvelope()
  const { kemCiphertext } = second.inner.initiation
  expect(await openAsBob(withInitiation(first, { kemCiphertext }))).toEqual({ ok: false, failure: 'forged' })
  const short = withInitiation(first, { kemCiphertext: kemCiphertext.subarray(1) })
  expect(await openAsBob(short)).toEqual({ ok: false, failure: 'bad_kem' })
})

test('capabilities that were lowered on either side change the session', async () => {
  const first = await firstEnvelope()
  const lowered = { ...first, peer: { ...first.peer, caps: new Uint8Array(0) } }
  expect(await openAsBob(lowered)).toEqual({ ok: false, failure: 'forged' })
  const from = alice.clone()
  const peer = { ...bob.asPeer(), caps: new Uint8Array(0) }
  const session = await startSession({ ...(await startInput(from)), peer })
  const opened = await bob.unseal(await from.encryptIn(session, bob, from.content('hi')))
  if (!opened.ok || !opened.inner.initiation) throw new Error('no initiation')
  const inner = { ...opened.inner, initiation: opened.inner.initiation }
  expect(await openAsBob({ inner, peer: opened.peer })).toEqual({ ok: false, failure: 'forged' })
})

test('a handshake with an older head of the recipient opens with the capabilities of that head', async () => {
  const first = await firstEnvelope()
  const { own, sign } = bob
  const update = { chain: own.chain, deviceId: own.deviceId, sign, caps: Uint8Array.of(3), hour: HOUR }
  const entries = [...own.entries, await makeUpdate(update)]
  const extended = await verifyChain(own.accountId, entries)
  if (!extended.ok) throw new Error(extended.failure)
  const later = { ...own, entries, chain: extended.chain }
  expect(await openAsBob(first, { own: later })).toMatchObject({ ok: true })
})

test('a head of the recipient that is not on his chain is unknown', async () => {
  const first = await firstEnvelope()
  const { headB } = first.inner.initiation
  for (const head of [
    { ...headB, hash: randomBytes(32) },
    { ...headB, seq: 1 },
  ]) {
    const changed = withInitiation(first, { headB: head })
    expect(await openAsBob(changed)).toEqual({ ok: false, failure: 'unknown_head' })
  }
})

test('a device that was revoked accepts no initiation that names its removal, and does not throw', async () => {
  const keys = { deviceId: bob.own.deviceId, sign: bob.sign, dh: bob.own.dh }
  const phone = await newKeys()
  const added = await adds(bob.own.chain, keys, phone)
  const longer = chainOf(await extendChain(bob.own.chain, [added]))
  const revoked = await revokes(longer, phone, keys)
  const chain = chainOf(await extendChain(longer, [revoked]))
  const own = { ...bob.own, chain, entries: [...bob.own.entries, added, revoked] }
  const first = withInitiation(await firstEnvelope(), { headB: chain.head })
  expect(await openAsBob(first, { own })).toEqual({ ok: false, failure: 'unknown_head' })
})

test('an initiation claimed by another account or device does not open', async () => {
  const first = await firstEnvelope()
  const claimed = { ...first, peer: mallory.asPeer() }
  expect(await openAsBob(claimed)).toEqual({ ok: false, failure: 'forged' })
  const { accountId } = mallory.own
  expect(await openAsBob({ ...first, peer: { ...first.peer, accountId } })).toEqual({
    ok: false,
    failure: 'forged',
  })
})

test('a session with the own device is refused on both sides', async () => {
  const from = alice.clone()
  await expect(startSession({ ...(await startInput(from)), peer: from.asPeer() })).rejects.toThrow('itself')
  const first = await firstEnvelope()
  const mirrored = { ...first, peer: bob.asPeer() }
  expect(await openAsBob(mirrored)).toEqual({ ok: false, failure: 'self_session' })
})

test('a bundle of another device starts no session', async () => {
  const input = await startInput(alice)
  await expect(startSession({ ...input, bundle: await mallory.bundle() })).rejects.toThrow('another Device')
})

test('an ephemeral key of low order or not canonical is a bad key', async () => {
  const first = await firstEnvelope()
  for (const ephemeral of badKeys()) {
    const changed = withInitiation(first, { ephemeral })
    expect(await openAsBob(changed)).toEqual({ ok: false, failure: 'bad_key' })
  }
})

test('a prekey of low order or not canonical starts no session', async () => {
  const input = await startInput(alice)
  for (const key of badKeys()) {
    const { signedPreKey, oneTime } = input.bundle
    const bundles = [
      { ...input.bundle, signedPreKey: { ...signedPreKey, key } },
      { ...input.bundle, oneTime: oneTime && { ...oneTime, key } },
    ] as VerifiedBundle[]
    for (const bundle of bundles) await expect(startSession({ ...input, bundle })).rejects.toThrow('agree')
    const peer = { ...input.peer, dhPub: key }
    await expect(startSession({ ...input, peer })).rejects.toThrow('agree')
  }
})

test('the secret of a one-time link is needed on both sides', async () => {
  const psk = randomBytes(32)
  const link: LinkUse = { linkId: [1, randomBytes(16)], psk }
  const first = await firstEnvelope(alice.clone(), bob, link)
  expect(await openAsBob(first)).toEqual({ ok: false, failure: 'unknown_link' })
  expect(await openAsBob(first, { psk: randomBytes(32) })).toEqual({ ok: false, failure: 'forged' })
  expect(await openAsBob(first, { psk })).toMatchObject({ ok: true })
})

test('a link that many people read adds no secret', async () => {
  const first = await firstEnvelope(alice.clone(), bob, { linkId: [0, randomBytes(16)], psk: null })
  expect(await openAsBob(first, { psk: randomBytes(32) })).toEqual({ ok: false, failure: 'unknown_link' })
  expect(await openAsBob(first)).toMatchObject({ ok: true })
  const renamed = withInitiation(first, { linkId: [0, randomBytes(16)] })
  expect(await openAsBob(renamed)).toEqual({ ok: false, failure: 'forged' })
})

test('a sender is believed only with a chain that names his device and key', async () => {
  const { inner, peer } = await firstEnvelope()
  const { initiation, sender } = inner
  const input = { sender, dhPub: peer.dhPub, initiation, known: null }
  expect(await verifySender(input)).toMatchObject({ ok: true })
  const cases = [
    [{ ...input, dhPub: mallory.own.dh.publicKey }, 'not_active'],
    [{ ...input, sender: { ...sender, deviceId: mallory.own.deviceId } }, 'not_active'],
    [{ ...input, sender: mallory.own }, 'wrong_account'],
    [{ ...input, initiation: { ...initiation, entries: [] } }, 'not_genesis'],
    [
      { ...input, initiation: { ...initiation, headA: { ...initiation.headA, hash: randomBytes(32) } } },
      'bad_sequence',
    ],
  ] as const
  for (const [change, failure] of cases) expect(await verifySender(change)).toEqual({ ok: false, failure })
})

test('a sender whose chain is known to be longer is still believed', async () => {
  const { inner, peer } = await firstEnvelope()
  const { own, sign } = alice
  const update = { chain: own.chain, deviceId: own.deviceId, sign, caps: Uint8Array.of(3), hour: HOUR }
  const longer = await verifyChain(own.accountId, [...own.entries, await makeUpdate(update)])
  if (!longer.ok) throw new Error(longer.failure)
  const { initiation, sender } = inner
  const result = await verifySender({ sender, dhPub: peer.dhPub, initiation, known: longer.chain })
  expect(result).toMatchObject({ ok: true, peer: { caps: Uint8Array.of(1) }, chain: { head: { seq: 1 } } })
})

test('an initiation is read only in its one encoding', async () => {
  const { initiation } = (await firstEnvelope()).inner
  const bytes = encodeInitiation(initiation)
  expect(parseInitiation(bytes)).toEqual({ ok: true, initiation })
  expect(parseInitiation(concat(bytes, Uint8Array.of(0)))).toEqual({ ok: false, failure: 'bad_encoding' })
  expect(parseInitiation(bytes.subarray(0, -1))).toEqual({ ok: false, failure: 'bad_encoding' })
  const later = bytes.slice()
  later[1] = 2
  expect(parseInitiation(later)).toEqual({ ok: false, failure: 'unknown_version' })
  for (const change of [
    { ephemeral: randomBytes(31) },
    { replyCapability: randomBytes(33) },
    { linkId: [2, randomBytes(16)] },
  ]) {
    const changed = encodeInitiation({ ...initiation, ...change } as Initiation)
    expect(parseInitiation(changed)).toEqual({ ok: false, failure: 'bad_encoding' })
  }
})

async function startInput(from: TestDevice) {
  const { own } = from
  return { own, peer: bob.asPeer(), bundle: await bob.bundle(), epoch: 1, link: null, replyCapability: null }
}

/** Low order: 0 and 1. Not canonical: p + 2, and a set top bit. */
function badKeys(): readonly Bytes[] {
  const topBit = new Uint8Array(32)
  topBit.set([9])
  topBit[31] = 0x80
  const overP = new Uint8Array(32).fill(0xff)
  overP.set([0xef])
  overP[31] = 0x7f
  return [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31)), topBit, overP]
}
