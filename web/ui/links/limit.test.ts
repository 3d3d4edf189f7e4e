import { expect, test } from 'vitest'
import { parsedLimit } from './limit.ts'

test('an empty limit is none, a whole number from 1 is taken, the rest is not', () => {
  expect(parsedLimit('  ')).toEqual({ ok: true, limit: null })
  expect(parsedLimit('20')).toEqual({ ok: true, limit: 20 })
  for (const typed of ['0', '-1', '2.5', 'many', '99999999999'])
    expect(parsedLimit(typed)).toEqual({ ok: false })
})
