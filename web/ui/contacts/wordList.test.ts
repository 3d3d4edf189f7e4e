import { expect, test } from 'vitest'
import { safetyWords } from './wordList.ts'

test.each(['ru', 'en'] as const)('the %s list has 2,048 different words', async (language) => {
  const list = await safetyWords(language)
  expect(list).toHaveLength(2048)
  expect(new Set(list.map((word) => word.replaceAll('ё', 'е'))).size).toBe(2048)
})

test('no two Russian words of one length differ in one letter only', async () => {
  const holes = (await safetyWords('ru')).flatMap((word) =>
    Array.from(word.replaceAll('ё', 'е')).map((_, at) =>
      `${word.slice(0, at)}.${word.slice(at + 1)}`.replaceAll('ё', 'е'),
    ),
  )
  expect(new Set(holes).size).toBe(holes.length)
})
