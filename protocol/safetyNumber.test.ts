import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { safetyNumber } from './safetyNumber.ts'

const accounts = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('both sides see the same digits and words, whoever reads first', async () => {
  await fc.assert(
    fc.asyncProperty(accounts, accounts, async (alice, bob) => {
      const seen = await safetyNumber(alice, bob)
      expect(await safetyNumber(bob, alice)).toEqual(seen)
      expect(seen.digits).toMatch(/^\d{60}$/)
      expect(seen.words).toHaveLength(4)
      for (const word of seen.words) expect(word).toSatisfy((place: number) => place >= 0 && place < 2048)
    }),
  )
})

test('who stands between shows each side another number', async () => {
  const [alice, bob, mallory] = [1, 2, 3].map((fill) => new Uint8Array(32).fill(fill)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  const honest = await safetyNumber(alice, bob)
  const toAlice = await safetyNumber(alice, mallory)
  const toBob = await safetyNumber(mallory, bob)
  expect(new Set([honest, toAlice, toBob].map(({ digits }) => digits)).size).toBe(3)
  expect(new Set([honest, toAlice, toBob].map(({ words }) => words.join(' '))).size).toBe(3)
})

test('each Account has its own half of the digits, so that both have to be met', async () => {
  const [alice, bob, carol] = [1, 2, 3].map((fill) => new Uint8Array(32).fill(fill)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  const { digits: withBob } = await safetyNumber(alice, bob)
  const { digits: withCarol } = await safetyNumber(alice, carol)
  expect(withBob.slice(0, 30)).toBe(withCarol.slice(0, 30))
  expect(withBob.slice(30)).not.toBe(withCarol.slice(30))
})
