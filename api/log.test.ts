import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { createLog, errorFields, Secret } from './log.ts'

test('a Secret prints as [redacted] however it is printed', () => {
  const secret = new Secret('word')
  expect([String(secret), JSON.stringify({ secret }), inspect({ secret })]).toEqual([
    '[redacted]',
    '{"secret":"[redacted]"}',
    '{ secret: [redacted] }',
  ])
  expect(secret.reveal()).toBe('word')
})

test('a field that is not on the list is not written', () => {
  const lines: string[] = []
  const log = createLog('info', { write: (line) => void lines.push(line) })
  log.info('request', { method: 'GET', accountId: 'alice' } as never)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'request', method: 'GET' })
  expect(lines[0]).not.toContain('alice')
})

test('an error is logged without its message', () => {
  const fields = errorFields(Object.assign(new Error('alice\n    at bob'), { code: '23505' }))
  expect(fields).toMatchObject({ errorName: 'Error', errorCode: '23505' })
  for (const word of ['alice', 'bob']) expect(JSON.stringify(fields)).not.toContain(word)
})
