/** The interface's language for every component below: catalogue, dates and the language's own tag. */
import { createContext, use, useMemo, type ReactNode } from 'react'
import type { Settings } from '../../engine/read.ts'
import { datesIn, type Dates } from './dates.ts'
import { en } from './en.ts'
import { ru, type Text } from './ru.ts'

export type Language = 'ru' | 'en'

export interface Words {
  readonly language: Language
  readonly text: Text
  readonly dates: Dates
}

const CATALOGUES: Record<Language, Text> = { ru, en }
const WordsContext = createContext<Words>({ language: 'ru', text: ru, dates: datesIn('ru') })

/** The Person's choice; otherwise the first of the browser's languages that there is a catalogue for. */
export function languageOf(choice: Settings['language'], browserLanguages: readonly string[]): Language {
  if (choice !== 'auto') return choice
  const first = browserLanguages
    .map((tag) => tag.slice(0, 2).toLowerCase())
    .find((tag) => tag === 'ru' || tag === 'en')
  return first === 'ru' ? 'ru' : 'en'
}

export function TextProvider({ language, children }: { language: Language; children: ReactNode }) {
  const words = useMemo(
    () => ({ language, text: CATALOGUES[language], dates: datesIn(language) }),
    [language],
  )
  return <WordsContext value={words}>{children}</WordsContext>
}

export function useWords(): Words {
  return use(WordsContext)
}
