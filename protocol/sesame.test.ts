import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_ARCHIVED_SESSIONS } from './limits.ts'
import { activeSession, isEpochAllowed, keepSessions, nextEpoch } from './sesame.ts'

const session = fc.record({
  epoch: fc.integer({ min: 1, max: 4 }),
  sid: fc.uint8Array({ minLength: 2, maxLength: 2 }),
})

test('both sides choose the same active session, in whatever order they know them', () => {
  fc.assert(
    fc.property(fc.array(session, { minLength: 1 }), fc.nat(), (sessions, turn) => {
      const at = turn % sessions.length
      const turned = [...sessions.slice(at), ...sessions.slice(0, at)].toReversed()
      expect(activeSession(turned)).toEqual(activeSession(sessions))
    }),
  )
})

test('the greatest epoch is active, and of two of one epoch the smallest sid', () => {
  const [old, small, great] = [
    { epoch: 1, sid: Uint8Array.of(0) },
    { epoch: 2, sid: Uint8Array.of(1) },
    { epoch: 2, sid: Uint8Array.of(2) },
  ]
  expect(activeSession([old, great, small])).toBe(small)
  expect(activeSession([])).toBeNull()
})

test('the active session and five archived ones stay', () => {
  const sessions = Array.from({ length: 8 }, (_, n) => ({ epoch: n + 1, sid: Uint8Array.of(n) }))
  const { kept, dropped } = keepSessions(sessions)
  expect(kept.map(({ epoch }) => epoch)).toEqual([8, 7, 6, 5, 4, 3])
  expect(dropped.map(({ epoch }) => epoch)).toEqual([2, 1])
  expect(kept).toHaveLength(1 + MAX_ARCHIVED_SESSIONS)
})

test('an epoch is believed from 1 to 1,024 above the greatest one', () => {
  expect([1, 1_024].map((epoch) => isEpochAllowed(epoch, 0))).toEqual([true, true])
  expect([0, -1, 1.5, 1_025, 2 ** 31].map((epoch) => isEpochAllowed(epoch, 0))).not.toContain(true)
  expect([isEpochAllowed(1_124, 100), isEpochAllowed(1_125, 100), isEpochAllowed(1, 100)]).toEqual([
    true,
    false,
    true,
  ])
  expect([isEpochAllowed(2 ** 31 - 1, 2 ** 31 - 2), isEpochAllowed(2 ** 31, 2 ** 31 - 1)]).toEqual([
    true,
    false,
  ])
})

test('the next epoch follows the greatest of the own and a believed one', () => {
  expect([nextEpoch(0, 0), nextEpoch(3, 7), nextEpoch(7, 3)]).toEqual([1, 8, 8])
  expect(nextEpoch(3, 5_000)).toBe(4)
})

test('at the last epoch there is no next one', () => {
  expect([nextEpoch(2 ** 31 - 2, 0), nextEpoch(2 ** 31 - 1, 0)]).toEqual([2 ** 31 - 1, null])
})
