import { expect, test } from 'vitest'
import { isOutage } from '../db/outage.ts'
import { createGroups, type GroupOptions } from './groups.ts'

function groupsThat(
  commit: (group: readonly number[]) => Promise<void>,
  options: Partial<GroupOptions<number, number>> = {},
) {
  const groups: (readonly number[])[] = []
  const add = createGroups<number, number>({
    commit: async (group) => {
      groups.push(group)
      await commit(group)
      return group.map((item) => item * 2)
    },
    sizeOf: () => 1,
    maxItems: 500,
    maxBytes: 1000,
    maxWaitingBytes: 5000,
    inFlight: 1,
    patienceMs: 1000,
    ...options,
  })
  return { add, groups }
}
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 5))

test('what waits goes together, and each has its own result', async () => {
  const { add, groups } = groupsThat(pause)
  const first = numbers(3).map(add)
  await new Promise(setImmediate)
  const rest = numbers(7).map(add)
  expect(await Promise.all([...first, ...rest])).toEqual([...numbers(3), ...numbers(7)].map((n) => n * 2))
  expect(groups.map((group) => group.length)).toEqual([3, 7])
})

test('a group has at most so many items and so many bytes', async () => {
  const byItems = groupsThat(pause)
  await Promise.all(numbers(1200).map(byItems.add))
  expect(byItems.groups.map((group) => group.length)).toEqual([500, 500, 200])
  const byBytes = groupsThat(pause, { sizeOf: () => 400 })
  await Promise.all(numbers(5).map(byBytes.add))
  expect(byBytes.groups.map((group) => group.length)).toEqual([2, 2, 1])
})

test('one that is larger than a group may be goes alone', async () => {
  const { add, groups } = groupsThat(pause, { sizeOf: () => 2000 })
  await Promise.all(numbers(2).map(add))
  expect(groups).toEqual([[0], [1]])
})

test('one that is at fault fails alone', async () => {
  const { add } = groupsThat(async (group) => {
    if (group.includes(2)) throw new Error('bad')
  })
  const results = await Promise.allSettled(numbers(4).map(add))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
})

test('a store that goes away while a group is retried one by one does not keep the rest waiting', async () => {
  const { add, groups } = groupsThat(
    async (group) => {
      if (group.length === 1) return new Promise(() => undefined)
      throw new Error('bad')
    },
    { patienceMs: 50 },
  )
  const results = await Promise.allSettled(numbers(40).map(add))
  const reasons = results.map((result) => (result.status === 'rejected' ? result.reason : null))
  expect(reasons.every(isOutage)).toBe(true)
  expect(groups).toHaveLength(2)
})

test('an outage fails the whole group at once', async () => {
  const { add, groups } = groupsThat(async () => {
    throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })
  })
  const results = await Promise.allSettled(numbers(4).map(add))
  expect(results.every(({ status }) => status === 'rejected')).toBe(true)
  expect(groups).toHaveLength(1)
})

test('a commit that never ends does not hold the next one up', async () => {
  const { add } = groupsThat((group) => (group.includes(0) ? new Promise(() => undefined) : pause()), {
    patienceMs: 20,
  })
  const error: unknown = await add(0).catch((thrown: unknown) => thrown)
  expect(isOutage(error)).toBe(true)
  expect(await add(1)).toBe(2)
})

test('too much waiting is refused at once, as an outage', async () => {
  const { add } = groupsThat(pause, { maxWaitingBytes: 2 })
  const results = await Promise.allSettled(numbers(3).map(add))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  expect(await add(3)).toBe(6)
})
