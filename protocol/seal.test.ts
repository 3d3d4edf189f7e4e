import * as fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { generateDhKeyPair, randomBytes } from '#primitives'
import { makeEntries } from './bodies.ts'
import { encode, equalBytes } from './encoding.ts'
import { encodeInitiation, parseInitiation } from './initiation.ts'
import type { Bytes } from './keys.ts'
import { INITIATION_BUCKET_BYTES, MAX_CHAIN_BYTES, MAX_FRAME_BYTES } from './limits.ts'
import { encodeContent } from './message.ts'
import { BUCKETS } from './padding.ts'
import { ratchetSeal } from './ratchet.ts'
import { makePairSecret, openInner, openOuter, sealAround, sealEnvelope } from './seal.ts'
import { activeSession } from './sesame.ts'
import type { SignedEntry } from './sigchain.ts'
import type { TestDevice } from './testDevice.ts'
import { makeDevice, twoDevices } from './testDevice.ts'

let base: { alice: TestDevice; bob: TestDevice }
let mallory: TestDevice
beforeAll(async () => {
  base = await twoDevices()
  mallory = await makeDevice()
})
const fresh = () => ({ alice: base.alice.clone(), bob: base.bob.clone() })

function flipped(bytes: Bytes, bit: number): Bytes {
  const copy = bytes.slice()
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}

async function outerOf(to: TestDevice, envelope: Bytes) {
  const opened = await openOuter({ own: to.own, envelope })
  if (!opened.ok) throw new Error(opened.failure)
  return opened.outer
}

test('alice and bob talk after one initiation', async () => {
  const [alice, bob] = [await makeDevice(), await makeDevice()]
  expect(await bob.decrypt(await alice.encrypt(bob, 'hi'))).toEqual({ ok: true, text: 'hi' })
  for (let round = 0; round < 5; round += 1) {
    expect(await alice.decrypt(await bob.encrypt(alice, `b${round}`))).toEqual({
      ok: true,
      text: `b${round}`,
    })
    expect(await bob.decrypt(await alice.encrypt(bob, `a${round}`))).toEqual({ ok: true, text: `a${round}` })
  }
})

test('any flipped bit of an envelope fails and leaves the state byte-identical', async () => {
  const { alice, bob } = fresh()
  const envelope = await alice.encrypt(bob, 'hi')
  const before = bob.snapshot()
  const bit = fc.nat({ max: envelope.length * 8 - 1 })
  await fc.assert(
    fc.asyncProperty(bit, async (at) => {
      expect(await bob.decrypt(flipped(envelope, at))).toMatchObject({ ok: false })
      expect(bob.snapshot()).toEqual(before)
    }),
    { numRuns: 300 },
  )
  for (let byte = 0; byte < 110; byte += 1) {
    expect(await bob.decrypt(flipped(envelope, byte * 8))).toMatchObject({ ok: false })
  }
  expect(bob.snapshot()).toEqual(before)
  expect(await bob.decrypt(envelope)).toEqual({ ok: true, text: 'hi' })
})

test('any flipped bit of a first envelope fails, keeps the prekeys, and the true one opens after it', async () => {
  const [alice, bob] = [await makeDevice(), await makeDevice()]
  const envelope = await alice.encrypt(bob, 'hi')
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: envelope.length * 8 - 1 }), async (at) => {
      expect(await bob.decrypt(flipped(envelope, at))).toMatchObject({ ok: false })
    }),
    { numRuns: 100 },
  )
  expect([bob.oneTime.length, bob.oneTimeKem.length, bob.snapshot().length]).toEqual([3, 3, 0])
  expect(await bob.decrypt(envelope)).toEqual({ ok: true, text: 'hi' })
})

test('bytes of any length that are no envelope open nothing and do not throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 700 }), async (bytes) => {
      expect(await openOuter({ own: base.bob.own, envelope: bytes })).toMatchObject({ ok: false })
    }),
  )
  const zeros = new Uint8Array(512)
  zeros[0] = 1
  expect(await openOuter({ own: base.bob.own, envelope: zeros })).toEqual({
    ok: false,
    failure: 'not_for_us',
  })
})

test('an envelope of a later version says so', async () => {
  const { alice, bob } = fresh()
  const envelope = await alice.encrypt(bob, 'hi')
  envelope[0] = 2
  expect(await bob.decrypt(envelope)).toEqual({ ok: false, failure: 'unknown_version' })
})

test('an envelope is for one device only', async () => {
  const { alice, bob } = fresh()
  expect(await mallory.decrypt(await alice.encrypt(bob, 'hi'))).toEqual({ ok: false, failure: 'not_for_us' })
})

test('layer 2 opens only for the device that sealed it', async () => {
  const { alice, bob } = fresh()
  const outer = await outerOf(bob, await alice.encrypt(bob, 'hi'))
  const asMallory = await openInner({ own: bob.own, outer, senderDhPub: mallory.own.dh.publicKey })
  expect(asMallory).toEqual({ ok: false, failure: 'not_for_us' })
  const lowOrder = await openInner({ own: bob.own, outer, senderDhPub: new Uint8Array(32) })
  expect(lowOrder).toEqual({ ok: false, failure: 'not_for_us' })
})

test('mallory cannot seal in the name of alice', async () => {
  const { alice, bob } = fresh()
  const session = activeSession(alice.pairWith(bob).sessions)
  if (!session) throw new Error('no session')
  const own = { ...alice.own, dh: mallory.own.dh }
  const content = alice.content('it is me')
  const forged = await sealEnvelope({ own, peer: bob.asPeer(), session, content })
  expect(await bob.decrypt(forged.envelope)).toEqual({ ok: false, failure: 'not_for_us' })
})

test('a layer 1 put before another layer 2 opens nothing', async () => {
  const { alice, bob } = fresh()
  const one = await alice.encrypt(bob, 'one')
  const two = await alice.encrypt(bob, 'two')
  const spliced = one.slice()
  spliced.set(two.subarray(101), 101)
  expect(await bob.decrypt(spliced)).toEqual({ ok: false, failure: 'not_for_us' })
})

test('an ephemeral key of low order or not canonical opens nothing', async () => {
  const { alice, bob } = fresh()
  const envelope = await alice.encrypt(bob, 'hi')
  const notCanonical = new Uint8Array(32).fill(0xff)
  for (const key of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31)), notCanonical]) {
    const changed = envelope.slice()
    changed.set(key, 1)
    expect(await bob.decrypt(changed)).toEqual({ ok: false, failure: 'not_for_us' })
  }
})

test('a key of low order is not sealed for', async () => {
  const { alice } = fresh()
  const session = activeSession([...alice.pairs.values()][0]?.sessions ?? [])
  if (!session) throw new Error('no session')
  const peer = { deviceId: base.bob.own.deviceId, dhPub: new Uint8Array(32) }
  const sealing = sealEnvelope({ own: alice.own, peer, session, content: alice.content('hi') })
  await expect(sealing).rejects.toThrow('not a key to seal for')
  expect(await makePairSecret(alice.own, peer.dhPub)).toBeNull()
})

test('the framing of an ordinary message is at most 220 bytes, seal included', async () => {
  const { alice, bob } = fresh()
  const frameOf = (length: number) => encodeContent(alice.content('x'.repeat(length), bob)).length
  const longest = Array.from({ length: 512 }, (_, length) => length).findLast(
    (length) => frameOf(length) + 220 <= 512,
  )
  const envelope = await alice.encrypt(bob, 'x'.repeat(longest ?? 0))
  expect(frameOf(longest ?? 0) + 220).toBe(512)
  expect(envelope).toHaveLength(512)
})

test('every envelope has the length of a bucket, and an initiation at least 4 KiB', async () => {
  const { alice, bob } = fresh()
  for (const length of [1, 150, 500, 1_000, 3_000, 8_000, 12_000]) {
    const envelope = await alice.encrypt(bob, 'x'.repeat(length))
    expect(BUCKETS).toContain(envelope.length)
    expect(await bob.decrypt(envelope)).toMatchObject({ ok: true })
  }
  const first = await mallory.clone().encrypt(bob, 'hi')
  expect(first.length).toBe(INITIATION_BUCKET_BYTES)
})

test('the largest body and a chain of the largest size fit one initiation', async () => {
  const { alice, bob } = fresh()
  const session = await alice.start(bob, { epoch: 2 })
  const parsed = parseInitiation(session.pendingInitiation ?? new Uint8Array(0))
  if (!parsed.ok) throw new Error(parsed.failure)
  const entry: SignedEntry = {
    body: new Uint8Array(MAX_CHAIN_BYTES / 128 - 128),
    signature: randomBytes(64),
    coSignature: randomBytes(64),
  }
  const initiation = {
    ...parsed.initiation,
    entries: Array.from({ length: 128 }, () => entry),
    replyCapability: randomBytes(32),
  }
  const full = { ...session, pendingInitiation: encodeInitiation(initiation) }
  const text = 'x'.repeat(MAX_FRAME_BYTES - encodeContent(alice.content('', bob)).length - 2)
  const envelope = await alice.encryptIn(full, bob, alice.content(text, bob))
  expect(envelope).toHaveLength(65_536)
})

test('a whole chain of entries fits one ordinary envelope', async () => {
  const { alice, bob } = fresh()
  const entry: SignedEntry = { body: new Uint8Array(MAX_CHAIN_BYTES / 128 - 64), signature: randomBytes(64) }
  const body = makeEntries({ entries: Array.from({ length: 128 }, () => entry) })
  const session = activeSession(alice.pairWith(bob).sessions)
  if (!session) throw new Error('no session')
  const content = { ...alice.content(''), type: 'sigchain-entries', body } as const
  const envelope = await alice.encryptIn(session, bob, content)
  expect(await bob.decrypt(envelope)).toEqual({ ok: true, text: 'sigchain-entries' })
})

test('a body over its limit is not sealed', async () => {
  const { alice, bob } = fresh()
  await expect(alice.encrypt(bob, 'x'.repeat(MAX_FRAME_BYTES))).rejects.toThrow('over its limit')
})

test('a kept pair secret gives what a fresh one gives, on both sides', async () => {
  const { alice, bob } = fresh()
  const session = activeSession(alice.pairWith(bob).sessions)
  const pairOfAlice = await makePairSecret(alice.own, bob.own.dh.publicKey)
  const pairOfBob = await makePairSecret(bob.own, alice.own.dh.publicKey)
  if (!session || !pairOfAlice || !pairOfBob) throw new Error('no session')
  const peer = bob.asPeer()
  const sealed = await sealEnvelope({
    own: alice.own,
    peer,
    session,
    content: alice.content('hi'),
    pair: pairOfAlice,
  })
  const outer = await outerOf(bob, sealed.envelope)
  const senderDhPub = alice.own.dh.publicKey
  expect(await openInner({ own: bob.own, outer, senderDhPub, pair: pairOfBob })).toMatchObject({ ok: true })
  expect(await bob.decrypt(sealed.envelope)).toEqual({ ok: true, text: 'hi' })
})

test('an initiation whose layer 1 names another key than its chain does not open', async () => {
  const { bob } = fresh()
  const first = mallory.clone()
  const outer = await outerOf(bob, await first.encrypt(bob, 'hi'))
  expect(outer.dhPubA && equalBytes(outer.dhPubA, first.own.dh.publicKey)).toBe(true)
  const opened = await openInner({ own: bob.own, outer, senderDhPub: base.alice.own.dh.publicKey })
  expect(opened).toEqual({ ok: false, failure: 'not_for_us' })
})

test('an inside of a later version or another shape says which of both it is', async () => {
  const { alice, bob } = fresh()
  const session = activeSession(alice.pairWith(bob).sessions)
  if (!session) throw new Error('no session')
  const seal = async (pendingInitiation: Bytes | null, change: (header: Bytes) => void) => {
    const input = { own: alice.own, peer: bob.asPeer(), session: { ...session, pendingInitiation } }
    const sealed = await sealAround(
      { ...input, ephemeral: generateDhKeyPair() },
      new Uint8Array(0),
      async (text) => {
        const { message } = await ratchetSeal(session.ratchet, session, text)
        change(message.header.bytes)
        return { message }
      },
    )
    return bob.decrypt(sealed.envelope)
  }
  const asItIs = () => {}
  const unknown = { ok: false, failure: 'unknown_version' }
  expect(await seal(null, (header) => header.fill(2, 0, 1))).toEqual(unknown)
  expect(await seal(null, (header) => header.fill(2, 1, 2))).toEqual(unknown)
  expect(await seal(encode([2, 'of a later release']), asItIs)).toEqual(unknown)
  const bad = { ok: false, failure: 'bad_encoding' }
  for (const bytes of [new Uint8Array(0), Uint8Array.of(0xff), encode([1, null]), encode(null)]) {
    expect(await seal(bytes, asItIs)).toEqual(bad)
  }
})
