import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { problem as problemSchema, PROBLEM_CODES } from '../../wire/problem.ts'
import { createLog } from '../log.ts'
import { onError, problem } from './problem.ts'

function throwing(error: unknown) {
  const lines: string[] = []
  const app = new Hono()
  app.onError(onError(createLog('info', { write: (line) => void lines.push(line) })))
  app.get('/', () => {
    throw error
  })
  return { lines, answer: () => app.request('/') }
}

test.each(PROBLEM_CODES)('%s is a Problem with its own status', async (code) => {
  const answer = await throwing(problem(code)).answer()
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(problemSchema.parse(await answer.json())).toMatchObject({ code, status: answer.status })
})

test('an error of ours says nothing outside, and only where it was in the log', async () => {
  const { answer, lines } = throwing(new TypeError('key (subject)=(alice) exists'))
  const answered = await answer()
  expect(answered.status).toBe(500)
  expect(await answered.text()).not.toContain('alice')
  expect(lines.join()).toContain('TypeError')
  expect(lines.join()).not.toContain('alice')
})

test('a store that is away is unavailable for now', async () => {
  const answer = await throwing(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })).answer()
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2'])
})

test('members beside the standard ones cannot replace them', async () => {
  const answer = await throwing(problem('stale_devices', { fields: { missing: [], code: 'other' } })).answer()
  expect(await answer.json()).toMatchObject({ code: 'stale_devices', missing: [] })
})
