import { expect, test } from 'vitest'
import { angleOf, hueOf } from './identity.ts'

test('an identity always looks the same, and every pair of tones occurs', () => {
  expect(hueOf('alice')).toBe(hueOf('alice'))
  const ids = Array.from({ length: 400 }, (_, index) => `account-${index}`)
  expect(new Set(ids.map(hueOf)).size).toBe(8)
  expect(new Set(ids.map(angleOf)).size).toBe(24)
})
