import { describe, expect, test } from 'vitest'
import { datesIn, daysBetween } from './dates.ts'
import { en } from './en.ts'
import { firstName, genitiveOfFirstName, initials } from './names.ts'
import { ru } from './ru.ts'
import { languageOf } from './text.tsx'

/** Every string of a catalogue; functions are called with numbers and names, both as text. */
function strings(node: unknown): string[] {
  if (typeof node === 'string') return [node]
  if (typeof node === 'function')
    return ['1', '2', '5', 'Анна Верес', ''].map((shown) => String(node(shown, 7)))
  if (typeof node === 'object' && node !== null) return Object.values(node).flatMap(strings)
  return []
}

/** A figure keeps its noun by a space that does not break. */
const spaced = (text: string) => text.replaceAll('\u00a0', ' ')

describe('catalogues', () => {
  test('Russian counts take their three forms', () => {
    expect([1, 2, 5, 11, 21, 22, 112].map((count) => spaced(ru.list.waiting(count)))).toEqual([
      '1 сообщение ждёт сети',
      '2 сообщения ждут сети',
      '5 сообщений ждут сети',
      '11 сообщений ждут сети',
      '21 сообщение ждёт сети',
      '22 сообщения ждут сети',
      '112 сообщений ждут сети',
    ])
  })

  test('English counts take their two forms', () => {
    expect([1, 2].map((count) => spaced(en.list.waiting(count)))).toEqual([
      '1 message waits for the network',
      '2 messages wait for the network',
    ])
  })

  test('no string shouts or names the machinery', () => {
    for (const string of [...strings(ru), ...strings(en)]) {
      expect(string).not.toMatch(/!|\bkeys?\b|\bsessions?\b|decrypt|(?<![а-яё])ключ|сесси|расшифр/i)
      expect(string).not.toBe('')
    }
  })

  test('no Russian string writes «Вы» with a capital inside a sentence', () => {
    for (const string of strings(ru)) expect(string).not.toMatch(/[а-яё,] Вы\b/u)
  })
})

describe('names', () => {
  test('a Russian name in -а or -я is put into the genitive, others are left out', () => {
    expect(genitiveOfFirstName('Анна Верес')).toBe('Анны')
    expect(genitiveOfFirstName('Ольга')).toBe('Ольги')
    expect(genitiveOfFirstName('Катя')).toBe('Кати')
    expect(genitiveOfFirstName('Мария')).toBe('Марии')
    expect(genitiveOfFirstName('Лев Аронов')).toBeNull()
    expect(genitiveOfFirstName('Мастерская «Свет»')).toBeNull()
    expect(genitiveOfFirstName('Мастерская')).toBeNull()
    expect(genitiveOfFirstName('Anna Veres')).toBeNull()
    expect(genitiveOfFirstName('')).toBeNull()
  })

  test('a name that is not a person’s stays whole', () => {
    expect(firstName('Анна Верес')).toBe('Анна')
    expect(firstName('Соседи: Ольга, 4 этаж')).toBe('Соседи: Ольга, 4 этаж')
  })

  test('initials are the first letters of two words', () => {
    expect(['Анна Верес', 'Мастерская «Свет»', 'Катя', 'Olga, 4th floor', ''].map(initials)).toEqual([
      'АВ',
      'МС',
      'К',
      'O4',
      '',
    ])
  })
})

describe('dates', () => {
  const now = new Date(2026, 4, 4, 14, 36).getTime()
  const at = (month: number, day: number, hour: number) => new Date(2026, month, day, hour, 7).getTime()

  test('a list shows the time today, then yesterday, then the day', () => {
    const { listed } = datesIn('ru')
    expect([at(4, 4, 0), at(4, 3, 23), at(4, 1, 12)].map((ms) => listed(ms, now))).toEqual([
      '00:07',
      'вчера',
      '1 мая',
    ])
  })

  test('a date chip starts with a capital and adds the year only when it is another', () => {
    const { day } = datesIn('ru')
    expect([at(4, 4, 9), at(4, 3, 9), at(0, 2, 9)].map((ms) => day(ms, now))).toEqual([
      'Сегодня',
      'Вчера',
      '2 января',
    ])
    expect(day(new Date(2025, 4, 3).getTime(), now)).toContain('2025')
  })

  test('days are counted on the calendar, not in hours', () => {
    expect(daysBetween(at(4, 3, 23), at(4, 4, 0))).toBe(1)
  })
})

test('the language is the Person’s choice, then the browser’s first known one', () => {
  expect(languageOf('ru', ['en'])).toBe('ru')
  expect(languageOf('auto', ['fr-FR', 'ru-RU', 'en'])).toBe('ru')
  expect(languageOf('auto', ['de'])).toBe('en')
})
