/** The 2,048 words that a SafetyNumber's indices point into, fetched when somebody looks at them. */
import type { Language } from '../text/text.tsx'

type WordList = readonly string[]
const lists = new Map<Language, Promise<WordList>>()

/** The same promise each time, so that a component can wait on it. */
export function safetyWords(language: Language): Promise<WordList> {
  const kept = lists.get(language)
  if (kept !== undefined) return kept
  const list = load()
  lists.set(language, list)
  return list
}

async function load(): Promise<WordList> {
  return (await import('./words.en.json')).default
}
