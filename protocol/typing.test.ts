import { beforeAll, expect, test } from 'vitest'
import type { Bytes } from './keys.ts'
import type { Inner } from './seal.ts'
import { activeSession } from './sesame.ts'
import type { Session } from './session.ts'
import { openMessage } from './session.ts'
import { NO_SKIPPED_KEYS } from './skipped.ts'
import type { TestDevice } from './testDevice.ts'
import { HOUR, makeDevice, twoDevices } from './testDevice.ts'
import { openTyping, sealTyping } from './typing.ts'

const NOW = 1_790_000_000_000

let base: { alice: TestDevice; bob: TestDevice }
beforeAll(async () => {
  base = await twoDevices()
})
const fresh = () => ({ alice: base.alice.clone(), bob: base.bob.clone() })

function active(own: TestDevice, peer: TestDevice): Session {
  const session = activeSession(own.pairWith(peer).sessions)
  if (!session) throw new Error('no session')
  return session
}

async function typing(from: TestDevice, to: TestDevice): Promise<Bytes> {
  const input = { own: from.own, peer: to.asPeer(), session: active(from, to), sentMs: NOW }
  const envelope = await sealTyping(input)
  if (!envelope) throw new Error('not answered')
  return envelope
}

async function innerOf(to: TestDevice, envelope: Bytes): Promise<Inner> {
  const opened = await to.unseal(envelope)
  if (!opened.ok) throw new Error(opened.failure)
  return opened.inner
}

test('typing opens any number of times and uses up no message', async () => {
  const { alice, bob } = fresh()
  const inner = await innerOf(bob, await typing(alice, bob))
  const before = [alice.snapshot(), bob.snapshot()]
  for (let times = 0; times < 3; times += 1) {
    expect(await openTyping({ session: active(bob, alice), inner })).toEqual({ ok: true, sentMs: NOW })
  }
  expect([alice.snapshot(), bob.snapshot()]).toEqual(before)
  expect(await bob.decrypt(await alice.encrypt(bob, 'typed'))).toEqual({ ok: true, text: 'typed' })
})

test('typing in a chain of which nothing came yet opens and moves nothing', async () => {
  const { alice, bob } = fresh()
  await bob.decrypt(await alice.encrypt(bob, 'a step of alice'))
  const before = alice.snapshot()
  const inner = await innerOf(alice, await typing(bob, alice))
  expect(await openTyping({ session: active(alice, bob), inner })).toEqual({ ok: true, sentMs: NOW })
  expect(alice.snapshot()).toEqual(before)
})

test('typing looks like the shortest message', async () => {
  const { alice, bob } = fresh()
  expect(await typing(alice, bob)).toHaveLength(512)
})

test('typing is not told in a session that is not answered', async () => {
  const [alice, bob] = [await makeDevice(), await makeDevice()]
  await alice.encrypt(bob, 'hi')
  const input = { own: alice.own, peer: bob.asPeer(), session: active(alice, bob), sentMs: NOW }
  expect(await sealTyping(input)).toBeNull()
})

test('typing is no message and a message is no typing', async () => {
  const { alice, bob } = fresh()
  const session = active(bob, alice)
  const asTyping = await innerOf(bob, await typing(alice, bob))
  const opened = await openMessage({ session, inner: asTyping, skipped: NO_SKIPPED_KEYS, hour: HOUR })
  expect(opened).toEqual({ ok: false, failure: 'forged' })
  const message = await innerOf(bob, await alice.encrypt(bob, 'hi'))
  expect(await openTyping({ session, inner: message })).toEqual({ ok: false, failure: 'forged' })
})

test('typing that was altered, or claims a low-order chain, is forged', async () => {
  const { alice, bob } = fresh()
  const session = active(bob, alice)
  const inner = await innerOf(bob, await typing(alice, bob))
  const sealed = inner.sealed.map((byte, at) => (at === 30 ? byte ^ 1 : byte))
  const header = { ...inner.header, dhPub: new Uint8Array(32) }
  for (const change of [
    { ...inner, sealed },
    { ...inner, header },
    { ...inner, epoch: 2 },
  ]) {
    expect(await openTyping({ session, inner: change })).toEqual({ ok: false, failure: 'forged' })
  }
})
