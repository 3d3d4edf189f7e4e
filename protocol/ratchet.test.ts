import * as fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { makeHeader } from './header.ts'
import type { Bytes } from './keys.ts'
import { MAX_RECEIVING_CHAINS, MAX_SKIPPED_KEYS } from './limits.ts'
import type { RatchetMessage } from './ratchet.ts'
import { ratchetOpen, ratchetSeal } from './ratchet.ts'
import type { Inner } from './seal.ts'
import { activeSession } from './sesame.ts'
import type { Session } from './session.ts'
import { encodeSession, openMessage } from './session.ts'
import type { SkippedKeys } from './skipped.ts'
import { NO_SKIPPED_KEYS } from './skipped.ts'
import type { TestDevice } from './testDevice.ts'
import { HOUR, twoDevices } from './testDevice.ts'

let base: { alice: TestDevice; bob: TestDevice }
beforeAll(async () => {
  base = await twoDevices()
})
const fresh = () => ({ alice: base.alice.clone(), bob: base.bob.clone() })

const sessionWith = (own: TestDevice, peer: TestDevice): Session => {
  const session = activeSession(own.pairWith(peer).sessions)
  if (!session) throw new Error('no session')
  return session
}

async function unsealed(to: TestDevice, envelope: Bytes): Promise<Inner> {
  const opened = await to.unseal(envelope)
  if (!opened.ok) throw new Error(opened.failure)
  return opened.inner
}

async function open(session: Session, inner: Inner, skipped: SkippedKeys = NO_SKIPPED_KEYS) {
  return openMessage({ session, inner, skipped, hour: HOUR })
}

/** `count` Ratchet messages in a row, without Envelopes around them. */
async function sealMany(session: Session, count: number): Promise<RatchetMessage[]> {
  const messages: RatchetMessage[] = []
  let state = session.ratchet
  for (let n = 0; n < count; n += 1) {
    const sealed = await ratchetSeal(state, session, Uint8Array.of(0x80))
    messages.push(sealed.message)
    state = sealed.state
  }
  return messages
}

async function openSealed(
  session: Session,
  message?: RatchetMessage,
  skipped: SkippedKeys = NO_SKIPPED_KEYS,
) {
  if (!message) throw new Error('no message')
  return ratchetOpen(session.ratchet, session, message, skipped, HOUR)
}

type Step =
  | { readonly kind: 'send'; readonly from: 'alice' | 'bob' }
  | { readonly kind: 'deliver' | 'drop' | 'duplicate'; readonly to: 'alice' | 'bob'; readonly pick: number }

const name = fc.constantFrom('alice' as const, 'bob' as const)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('send' as const), from: name }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('deliver' as const), to: name, pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), to: name, pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('duplicate' as const), to: name, pick: fc.nat() }) },
)

test('every message opens exactly once, in whatever order, with losses and repetitions', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (steps) => {
      const { opened, sent } = await play(steps)
      expect(opened).toEqual(sent)
    }),
    { numRuns: 60 },
  )
})

type Name = 'alice' | 'bob'

/** Plays a script of the network between alice and bob, delivers what is left, and tells what came out and what went in. */
async function play(steps: readonly Step[]) {
  const people = fresh()
  const waiting: Record<Name, { envelope: Bytes; text: string }[]> = { alice: [], bob: [] }
  const delivered: Record<Name, Bytes[]> = { alice: [], bob: [] }
  const opened: unknown[] = []
  const sent: unknown[] = []
  const pick = <T>(from: T[], at: number): T[] => from.splice(at % Math.max(from.length, 1), 1)
  const deliver = async (to: Name, at: number) => {
    for (const { envelope, text } of pick(waiting[to], at)) {
      opened.push(await people[to].decrypt(envelope))
      sent.push({ ok: true, text })
      delivered[to].push(envelope)
    }
  }
  for (const [at, next] of steps.entries()) {
    if (next.kind === 'send') {
      const to = next.from === 'alice' ? 'bob' : 'alice'
      const text = `text ${at}`
      waiting[to].push({ envelope: await people[next.from].encrypt(people[to], text), text })
    }
    if (next.kind === 'deliver') await deliver(next.to, next.pick)
    if (next.kind === 'drop') pick(waiting[next.to], next.pick)
    if (next.kind === 'duplicate') await repeat(people[next.to], delivered[next.to], next.pick)
  }
  for (const to of ['alice', 'bob'] as const) while (waiting[to].length > 0) await deliver(to, 0)
  return { opened, sent }
}

async function repeat(to: TestDevice, delivered: readonly Bytes[], at: number): Promise<void> {
  const envelope = delivered[at % Math.max(delivered.length, 1)]
  if (!envelope) return
  const before = to.snapshot()
  expect(await to.decrypt(envelope)).toMatchObject({ ok: false })
  expect(to.snapshot()).toEqual(before)
}

test('a message that came twice is a used key', async () => {
  const { alice, bob } = fresh()
  const envelope = await alice.encrypt(bob, 'once')
  await bob.decrypt(envelope)
  expect(await bob.decrypt(envelope)).toEqual({ ok: false, failure: 'used_key' })
})

test('a message of a closed chain that came twice is a used key', async () => {
  const { alice, bob } = fresh()
  const envelope = await alice.encrypt(bob, 'once')
  await bob.decrypt(envelope)
  await alice.decrypt(await bob.encrypt(alice, 'answer'))
  await bob.decrypt(await alice.encrypt(bob, 'next chain'))
  expect(await bob.decrypt(envelope)).toEqual({ ok: false, failure: 'used_key' })
})

test('a jump of 2,000 messages opens and one of 2,001 is refused', async () => {
  const { alice, bob } = fresh()
  const session = sessionWith(bob, alice)
  const before = encodeSession(session).symmetric
  const messages = await sealMany(sessionWith(alice, bob), MAX_SKIPPED_KEYS + 2)
  expect(await openSealed(session, messages[2_001])).toEqual({ ok: false, failure: 'gap_too_large' })
  expect(encodeSession(session).symmetric).toEqual(before)
  const opened = await openSealed(session, messages[2_000])
  expect(opened).toMatchObject({ ok: true })
  expect(opened.ok && opened.skipped.entries).toHaveLength(MAX_SKIPPED_KEYS)
})

test('a jump over the end of one chain and the start of the next counts as one jump', async () => {
  const { alice, bob } = fresh()
  const session = sessionWith(bob, alice)
  const inner = await unsealed(bob, await alice.encrypt(bob, 'hi'))
  const claims = { ...inner.header, dhPub: base.alice.own.dh.publicKey, pn: 1_500, n: 502 }
  expect(await open(session, { ...inner, header: makeHeader(claims) })).toEqual({
    ok: false,
    failure: 'gap_too_large',
  })
})

test('a flood of skipped messages keeps 2,000 keys, the newest', async () => {
  const { alice, bob } = fresh()
  const session = sessionWith(bob, alice)
  const messages = await sealMany(sessionWith(alice, bob), 2_200)
  const half = await openSealed(session, messages[1_099])
  if (!half.ok) throw new Error(half.failure)
  const flooded = await openSealed({ ...session, ratchet: half.state }, messages[2_199], half.skipped)
  if (!flooded.ok) throw new Error(flooded.failure)
  const { state: ratchet, skipped } = flooded
  expect(skipped.entries).toHaveLength(MAX_SKIPPED_KEYS)
  expect(await openSealed({ ...session, ratchet }, messages[0], skipped)).toEqual({
    ok: false,
    failure: 'used_key',
  })
  expect(await openSealed({ ...session, ratchet }, messages[500], skipped)).toMatchObject({ ok: true })
})

test('a late message opens after many turns, and five receiving chains are remembered', async () => {
  const { alice, bob } = fresh()
  const late = await alice.encrypt(bob, 'late')
  for (let turn = 0; turn < 8; turn += 1) {
    await bob.decrypt(await alice.encrypt(bob, `a${turn}`))
    await alice.decrypt(await bob.encrypt(alice, `b${turn}`))
  }
  expect(sessionWith(bob, alice).ratchet.receiving).toHaveLength(MAX_RECEIVING_CHAINS)
  expect(sessionWith(bob, alice).ratchet.receiving.filter((chain) => chain.chainKey)).toHaveLength(1)
  expect(await bob.decrypt(late)).toEqual({ ok: true, text: 'late' })
  expect([...bob.skipped.values()].every((keys) => keys.entries.length === 0)).toBe(true)
})

test('a header that was changed in any field does not open', async () => {
  const { alice, bob } = fresh()
  const session = sessionWith(bob, alice)
  const inner = await unsealed(bob, await alice.encrypt(bob, 'hi'))
  const { header } = inner
  const before = encodeSession(session).symmetric
  const changes = [
    { ...header, n: header.n + 1 },
    { ...header, n: header.n + 2_000 },
    { ...header, pn: header.pn + 1 },
    { ...header, dhPub: base.bob.own.dh.publicKey },
    { ...header, sid: new Uint8Array(16) },
  ]
  for (const change of changes) {
    expect(await open(session, { ...inner, header: makeHeader(change) })).toEqual({
      ok: false,
      failure: 'forged',
    })
  }
  expect(encodeSession(session).symmetric).toEqual(before)
  expect(await open(session, inner)).toMatchObject({ ok: true })
})

test('a ratchet key of low order or not canonical is forged and moves nothing', async () => {
  const { alice, bob } = fresh()
  const session = sessionWith(bob, alice)
  const inner = await unsealed(bob, await alice.encrypt(bob, 'hi'))
  const notCanonical = new Uint8Array(32).fill(0xff)
  for (const dhPub of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31)), notCanonical]) {
    const header = makeHeader({ ...inner.header, dhPub })
    expect(await open(session, { ...inner, header })).toEqual({ ok: false, failure: 'forged' })
  }
})

test('a skipped key whose message was altered stays for the true one', async () => {
  const { alice, bob } = fresh()
  const late = await alice.encrypt(bob, 'late')
  await bob.decrypt(await alice.encrypt(bob, 'early'))
  const session = sessionWith(bob, alice)
  const [skipped] = [...bob.skipped.values()]
  const inner = await unsealed(bob, late)
  const sealed = inner.sealed.slice()
  sealed[20] = (sealed[20] ?? 0) ^ 1
  expect(await open(session, { ...inner, sealed }, skipped)).toEqual({ ok: false, failure: 'forged' })
  expect(await open(session, inner, skipped)).toMatchObject({ ok: true, skipped: { entries: [] } })
})

test('a sender restored from a copy is seen by a used key', async () => {
  const { alice, bob } = fresh()
  const copy = alice.clone()
  await bob.decrypt(await alice.encrypt(bob, 'before the rollback'))
  const before = bob.snapshot()
  expect(await bob.decrypt(await copy.encrypt(bob, 'after it'))).toEqual({ ok: false, failure: 'used_key' })
  expect(bob.snapshot()).toEqual(before)
})

test('a recipient restored from a copy cannot read what came after its own next step', async () => {
  const { alice, bob } = fresh()
  const copy = bob.clone()
  await bob.decrypt(await alice.encrypt(bob, 'one'))
  await alice.decrypt(await bob.encrypt(alice, 'two'))
  const healed = await alice.encrypt(bob, 'three')
  expect(await copy.decrypt(healed)).toEqual({ ok: false, failure: 'forged' })
  expect(await bob.decrypt(healed)).toEqual({ ok: true, text: 'three' })
})

test('two texts under one state have different nonces', async () => {
  const { alice, bob } = fresh()
  const copy = alice.clone()
  const one = await unsealed(bob, await alice.encrypt(bob, 'same'))
  const two = await unsealed(bob, await copy.encrypt(bob, 'same'))
  expect(one.header.n).toBe(two.header.n)
  expect(one.sealed.subarray(0, 12)).not.toEqual(two.sealed.subarray(0, 12))
})
