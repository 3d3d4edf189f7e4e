import { expect, test } from 'vitest'
import { createHolds } from './holds.ts'

const bob = { deviceId: 'bob', envelopeId: 'e1' }

function holdsWithLate() {
  const late: unknown[] = []
  return { late, holds: createHolds((name) => late.push(name)) }
}

test('an acknowledgement before anybody waits is not forgotten', async () => {
  const { holds, late } = holdsWithLate()
  const hold = holds.open(bob)
  holds.acknowledge('bob', ['e1'])
  expect(await hold.acknowledged(60_000)).toBe(true)
  expect(late).toEqual([])
})

test('an acknowledgement wakes every post of the same Envelope, and nothing else', async () => {
  const { holds } = holdsWithLate()
  const same = [holds.open(bob), holds.open(bob)].map((hold) => hold.acknowledged(60_000))
  const other = holds.open({ deviceId: 'bob', envelopeId: 'e2' }).acknowledged(20)
  holds.acknowledge('bob', ['e1', 'unknown'])
  expect(await Promise.all(same)).toEqual([true, true])
  expect(await other).toBe(false)
})

test("mallory's acknowledgement of bob's Envelope finds nothing", async () => {
  const { holds, late } = holdsWithLate()
  const hold = holds.open(bob)
  holds.acknowledge('mallory', ['e1'])
  expect(await hold.acknowledged(1)).toBe(false)
  hold.stored()
  hold.end()
  holds.acknowledge('mallory', ['e1'])
  expect(late).toEqual([])
})

test('an acknowledgement during the insert, and one after it, both remove the row', async () => {
  const { holds, late } = holdsWithLate()
  const hold = holds.open(bob)
  expect(await hold.acknowledged(1)).toBe(false)
  holds.acknowledge('bob', ['e1'])
  expect(late).toEqual([])
  hold.stored()
  hold.end()
  expect(late).toEqual([bob])
  holds.acknowledge('bob', ['e1'])
  expect(late).toEqual([bob, bob])
})

test('a Hold that ended without a row hears nothing any more', () => {
  const { holds, late } = holdsWithLate()
  holds.open(bob).end()
  holds.acknowledge('bob', ['e1'])
  expect(late).toEqual([])
})

test('a row stored for nobody is not listened for any longer, but what was heard meanwhile removes it', async () => {
  const { holds, late } = holdsWithLate()
  const hold = holds.open(bob)
  holds.acknowledge('bob', ['e1'])
  hold.stored()
  hold.end()
  expect(late).toEqual([bob])
  holds.acknowledge('bob', ['e1'])
  expect(late).toEqual([bob])
})

test('holds are settled once the last of them has ended, however late its Acknowledgement may be', async () => {
  const { holds } = holdsWithLate()
  await holds.settled()
  const [one, other] = [holds.open(bob), holds.open(bob)]
  const ended: string[] = []
  const settled = holds.settled().then(() => ended.push('settled'))
  one.end()
  await new Promise(setImmediate)
  expect(ended).toEqual([])
  await other.acknowledged(1)
  other.stored()
  other.end()
  await settled
})
