import { describe, expect, test } from 'vitest'
import * as node from './primitives.node.ts'
import * as web from './primitives.ts'
import { type Body, vectorCases } from './vectors.cases.ts'

const BODIES: readonly { readonly what: string; readonly body: Body }[] = [
  { what: 'the Node body', body: node },
  { what: 'the WebCrypto body without native ML-KEM', body: web },
]

describe.each(BODIES)('$what', ({ body }) => {
  test.each(vectorCases())('$name', async ({ run }) => {
    const [given, expected] = await run(body)
    expect(given).toEqual(expected)
  })
})

test('both bodies offer the same names', () => {
  expect(Object.keys(node).toSorted()).toEqual(Object.keys(web).toSorted())
})
