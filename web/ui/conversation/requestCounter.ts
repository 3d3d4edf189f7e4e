/** How much of a Request is used. */
import type { Text } from '../text/ru.ts'

/** A Request is text only, this many characters in all. */
export const REQUEST_CHARACTERS = 300

/** As the Person counts them: an emoji is one, the spaces around are none. */
export function charactersIn(text: string): number {
  return Array.from(text.trim()).length
}

/** What the composer of a Request shows: «55 / 300». */
export function requestCounter(used: number, text: Text) {
  return {
    shown: text.conversation.used(used, REQUEST_CHARACTERS),
    spoken: text.conversation.usedSpoken(used, REQUEST_CHARACTERS),
    over: used > REQUEST_CHARACTERS,
  }
}
