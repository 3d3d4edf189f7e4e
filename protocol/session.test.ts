import { beforeAll, expect, test } from 'vitest'
import { EncodingError, encode, equalBytes } from './encoding.ts'
import type { Bytes } from './keys.ts'
import { pad } from './padding.ts'
import { ratchetSeal } from './ratchet.ts'
import type { Inner } from './seal.ts'
import { activeSession } from './sesame.ts'
import type { Session } from './session.ts'
import { decodeSession, encodeSession, openMessage } from './session.ts'
import { NO_SKIPPED_KEYS } from './skipped.ts'
import type { TestDevice } from './testDevice.ts'
import { HOUR, makeDevice, twoDevices } from './testDevice.ts'

let base: { alice: TestDevice; bob: TestDevice }
let mallory: TestDevice
beforeAll(async () => {
  base = await twoDevices()
  mallory = await makeDevice()
})
const fresh = () => ({ alice: base.alice.clone(), bob: base.bob.clone() })

async function strangers(): Promise<{ alice: TestDevice; bob: TestDevice }> {
  return { alice: await makeDevice(), bob: await makeDevice() }
}

function active(own: TestDevice, peer: TestDevice): Session {
  const session = activeSession(own.pairWith(peer).sessions)
  if (!session) throw new Error('no session')
  return session
}

async function innerOf(to: TestDevice, envelope: Bytes): Promise<Inner> {
  const opened = await to.unseal(envelope)
  if (!opened.ok) throw new Error(opened.failure)
  return opened.inner
}

async function agree(alice: TestDevice, bob: TestDevice): Promise<void> {
  expect(equalBytes(active(alice, bob).sid, active(bob, alice).sid)).toBe(true)
  expect(await bob.decrypt(await alice.encrypt(bob, 'from alice'))).toEqual({ ok: true, text: 'from alice' })
  expect(await alice.decrypt(await bob.encrypt(alice, 'from bob'))).toEqual({ ok: true, text: 'from bob' })
}

test('a stored session goes on where it was', async () => {
  const { alice, bob } = fresh()
  const pair = alice.pairWith(bob)
  const stored = encodeSession(active(alice, bob))
  pair.sessions = [decodeSession(stored.symmetric, stored.ratchetPrivate)]
  expect(encodeSession(active(alice, bob)).symmetric).toEqual(stored.symmetric)
  await agree(alice, bob)
})

test('a session row that is something else is refused', () => {
  const { symmetric, ratchetPrivate } = encodeSession(active(base.alice, base.bob))
  for (const value of [null, [1], [2, ...Array.from({ length: 11 }, () => null)]]) {
    expect(() => decodeSession(encode(value), ratchetPrivate)).toThrow('not a session row')
  }
  expect(() => decodeSession(symmetric.subarray(1), ratchetPrivate)).toThrow(EncodingError)
})

test('an initiation repeats until it is answered, and any of its envelopes opens the session', async () => {
  const { alice, bob } = await strangers()
  await alice.encrypt(bob, 'lost')
  const second = await alice.encrypt(bob, 'second')
  const third = await alice.encrypt(bob, 'third')
  expect(await bob.decrypt(third)).toEqual({ ok: true, text: 'third' })
  expect(await bob.decrypt(second)).toEqual({ ok: true, text: 'second' })
  expect(active(alice, bob).pendingInitiation).not.toBeNull()
  await alice.decrypt(await bob.encrypt(alice, 'answer'))
  expect(active(alice, bob).pendingInitiation).toBeNull()
  expect(await alice.encrypt(bob, 'short')).toHaveLength(512)
})

test('crossing initiations end in one active session', async () => {
  const { alice, bob } = await strangers()
  const [toBob, toAlice] = [await alice.encrypt(bob, 'a'), await bob.encrypt(alice, 'b')]
  expect(await bob.decrypt(toBob)).toEqual({ ok: true, text: 'a' })
  expect(await alice.decrypt(toAlice)).toEqual({ ok: true, text: 'b' })
  expect(alice.pairWith(bob).sessions).toHaveLength(2)
  await agree(alice, bob)
})

test('of crossing initiations one may be lost', async () => {
  for (const lost of ['alice', 'bob'] as const) {
    const { alice, bob } = await strangers()
    const [toBob, toAlice] = [await alice.encrypt(bob, 'a'), await bob.encrypt(alice, 'b')]
    const opened = lost === 'alice' ? await alice.decrypt(toAlice) : await bob.decrypt(toBob)
    expect(opened).toMatchObject({ ok: true })
    expect(await bob.decrypt(await alice.encrypt(bob, 'again'))).toEqual({ ok: true, text: 'again' })
    expect(await alice.decrypt(await bob.encrypt(alice, 'again'))).toEqual({ ok: true, text: 'again' })
    await agree(alice, bob)
  }
})

test('crossing initiations at many epochs with losses still end in one active session', async () => {
  const { alice, bob } = await strangers()
  for (let epoch = 1; epoch <= 4; epoch += 1) {
    await alice.start(bob, { epoch })
    await bob.start(alice, { epoch })
    const [toBob, toAlice] = [await alice.encrypt(bob, 'a'), await bob.encrypt(alice, 'b')]
    if (epoch % 2 === 0) continue
    expect(await bob.decrypt(toBob)).toMatchObject({ ok: true })
    expect(await alice.decrypt(toAlice)).toMatchObject({ ok: true })
  }
  expect(await bob.decrypt(await alice.encrypt(bob, 'a'))).toMatchObject({ ok: true })
  expect(await alice.decrypt(await bob.encrypt(alice, 'b'))).toMatchObject({ ok: true })
  await agree(alice, bob)
})

test('an archived session still opens what is late and does not become active again', async () => {
  const { alice, bob } = fresh()
  const late = await alice.encrypt(bob, 'late')
  await alice.start(bob)
  await bob.decrypt(await alice.encrypt(bob, 'new epoch'))
  const before = active(bob, alice).sid
  expect(await bob.decrypt(late)).toEqual({ ok: true, text: 'late' })
  expect(active(bob, alice).sid).toEqual(before)
  await agree(alice, bob)
})

test('a clone that revives an old session does not become the one that is answered', async () => {
  const { alice, bob } = fresh()
  const clone = alice.clone()
  await alice.start(bob)
  await bob.decrypt(await alice.encrypt(bob, 'new epoch'))
  const sid = active(bob, alice).sid
  expect(await bob.decrypt(await clone.encrypt(bob, 'revived'))).toMatchObject({ ok: true })
  expect(active(bob, alice).sid).toEqual(sid)
  expect(await clone.decrypt(await bob.encrypt(alice, 'answer'))).toEqual({
    ok: false,
    failure: 'unknown_session',
  })
})

test('a huge epoch is refused', async () => {
  const { alice, bob } = await strangers()
  const before = bob.snapshot()
  await alice.start(bob, { epoch: 1_025 })
  expect(await bob.decrypt(await alice.encrypt(bob, 'hi'))).toEqual({ ok: false, failure: 'epoch_refused' })
  expect(bob.snapshot()).toEqual(before)
  expect([bob.oneTime.length, bob.pairs.size]).toEqual([3, 0])
})

test('a message of one session does not open in another of the same pair', async () => {
  const { alice, bob } = fresh()
  const old = active(bob, alice)
  await alice.start(bob)
  await bob.decrypt(await alice.encrypt(bob, 'new epoch'))
  const inner = await innerOf(bob, await alice.encrypt(bob, 'hi'))
  const header = { ...inner.header, sid: old.sid }
  const moved = { ...inner, epoch: old.epoch, header }
  const opened = await openMessage({ session: old, inner: moved, skipped: NO_SKIPPED_KEYS, hour: HOUR })
  expect(opened).toEqual({ ok: false, failure: 'forged' })
})

test('a message of another account, device or epoch than its session is forged', async () => {
  const { alice, bob } = fresh()
  const session = active(bob, alice)
  const inner = await innerOf(bob, await alice.encrypt(bob, 'hi'))
  const { sender } = inner
  const changes: Inner[] = [
    { ...inner, sender: { ...sender, accountId: mallory.own.accountId } },
    { ...inner, sender: { ...sender, deviceId: mallory.own.deviceId } },
    { ...inner, epoch: inner.epoch + 1 },
  ]
  for (const change of changes) {
    const opened = await openMessage({ session, inner: change, skipped: NO_SKIPPED_KEYS, hour: HOUR })
    expect(opened).toEqual({ ok: false, failure: 'forged' })
  }
})

test('mallory cannot put a message of hers into the session of alice', async () => {
  const { alice, bob } = fresh()
  const hers = mallory.clone()
  await bob.decrypt(await hers.encrypt(bob, 'hello'))
  await hers.decrypt(await bob.encrypt(hers, 'hello yourself'))
  const session = active(bob, alice)
  const envelope = await hers.encryptIn({ ...active(hers, bob), sid: session.sid }, bob, hers.content('hi'))
  expect(await bob.decrypt(envelope)).toEqual({ ok: false, failure: 'unknown_session' })
  const inner = await innerOf(bob, envelope)
  for (const sender of [inner.sender, session.peer]) {
    const opened = await openMessage({
      session,
      inner: { ...inner, sender },
      skipped: NO_SKIPPED_KEYS,
      hour: HOUR,
    })
    expect(opened).toEqual({ ok: false, failure: 'forged' })
  }
})

test('a text that is no frame or has no padding is forged and moves nothing', async () => {
  const { alice, bob } = fresh()
  const [from, session] = [active(alice, bob), active(bob, alice)]
  const inner = await innerOf(bob, await alice.clone().encrypt(bob, 'hi'))
  const before = encodeSession(session).symmetric
  const frames = [encode([1, 1]), encode('text'), Uint8Array.of(0xff), new Uint8Array(0)]
  const texts = [new Uint8Array(64), ...frames.map((frame) => pad(frame, 64))]
  for (const text of texts) {
    const { message } = await ratchetSeal(from.ratchet, from, text)
    const opened = await openMessage({
      session,
      inner: { ...inner, ...message },
      skipped: NO_SKIPPED_KEYS,
      hour: HOUR,
    })
    expect(opened).toEqual({ ok: false, failure: 'forged' })
  }
  expect(encodeSession(session).symmetric).toEqual(before)
})
