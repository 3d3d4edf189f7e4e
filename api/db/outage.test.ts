import { expect, test } from 'vitest'
import { isOutage, throughOutage } from './outage.ts'

const refused = () => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })

function lookup(options: { keptMs?: number; patienceMs?: number; firstPatienceMs?: number } = {}) {
  const state = { nowMs: 0, answer: async (): Promise<number> => 1 }
  return { state, ask: throughOutage(() => state.answer(), { now: () => state.nowMs, ...options }) }
}

test('the database is asked each time while it answers', async () => {
  const { state, ask } = lookup()
  expect(await ask('k')).toBe(1)
  state.answer = async () => 2
  expect(await ask('k')).toBe(2)
})

test('its last answer counts while it is away, and only for what was asked before', async () => {
  const { state, ask } = lookup()
  await ask('k')
  state.answer = async () => {
    throw refused()
  }
  expect(await ask('k')).toBe(1)
  await expect(ask('other')).rejects.toThrow('refused')
})

test('an answer gets too old', async () => {
  const { state, ask } = lookup({ keptMs: 100 })
  await ask('k')
  state.answer = async () => {
    throw refused()
  }
  state.nowMs = 101
  await expect(ask('k')).rejects.toThrow('refused')
})

test('a database that stands still counts as away', async () => {
  const { state, ask } = lookup({ patienceMs: 10 })
  await ask('k')
  state.answer = () => new Promise(() => undefined)
  expect(await ask('k')).toBe(1)
})

test('a fault of ours is no outage', async () => {
  const { state, ask } = lookup()
  await ask('k')
  state.answer = async () => {
    throw new TypeError('bug')
  }
  await expect(ask('k')).rejects.toThrow('bug')
})

test.each([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNABORTED',
  '25006',
  '53200',
  '08006',
])('a database that cannot be found, reached or written to is away (%s)', (code) => {
  expect(isOutage(Object.assign(new Error('away'), { code }))).toBe(true)
})

test('what the database refuses for its content is no outage', () => {
  for (const code of ['23505', '40P01', '42601'])
    expect(isOutage(Object.assign(new Error('no'), { code }))).toBe(false)
})

test('a question that was never answered before waits no longer than a client does', async () => {
  const { state, ask } = lookup({ firstPatienceMs: 10 })
  state.answer = () => new Promise(() => undefined)
  const error: unknown = await ask('k').catch((thrown: unknown) => thrown)
  expect(isOutage(error)).toBe(true)
})

test('while it is away one question in half a second goes to it, and its answer ends that', async () => {
  const { state, ask } = lookup()
  await ask('k')
  let asked = 0
  state.answer = async () => {
    asked++
    throw refused()
  }
  for (let n = 0; n < 100; n++) {
    expect(await ask('k')).toBe(1)
    await expect(ask('other')).rejects.toThrow('refused')
  }
  expect(asked).toBe(1)
  state.nowMs = 501
  await Promise.all(Array.from({ length: 100 }, () => ask('k')))
  expect(asked).toBe(2)
  state.answer = async () => 2
  state.nowMs = 1002
  expect(await ask('k')).toBe(2)
  expect(await ask('other')).toBe(2)
})
