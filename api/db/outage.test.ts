import { expect, test } from 'vitest'
import { throughOutage } from './outage.ts'

const refused = () => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })

function lookup(options: { keptMs?: number; patienceMs?: number } = {}) {
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
