/**
 * The 2,048 words that a SafetyNumber's indices point into, fetched when somebody looks at them. English is the list of
 * BIP-39 (MIT); Russian is our own: common nouns of five to nine letters, no two of them one letter apart.
 */
import type { Language } from '../text/text.tsx'

type WordList = readonly string[]
const lists = new Map<Language, Promise<WordList>>()

/** The same promise each time, so that a component can wait on it. */
export function safetyWords(language: Language): Promise<WordList> {
  const kept = lists.get(language)
  if (kept !== undefined) return kept
  const list = load(language)
  lists.set(language, list)
  return list
}

async function load(language: Language): Promise<WordList> {
  const { default: list } = await (language === 'ru' ? import('./words.ru.json') : import('./words.en.json'))
  return list
}
