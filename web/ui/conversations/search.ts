/** Finding a Conversation as one types: case and ё aside, every word somewhere in the name or the last text. */
import type { ConversationRow } from '../../engine/read.ts'

export function matching(rows: readonly ConversationRow[], query: string): readonly ConversationRow[] {
  const words = folded(query).split(/\s+/u).filter(Boolean)
  if (words.length === 0) return rows
  return rows.filter((row) => {
    const text = folded(`${row.name} ${row.preview.text} ${row.draft}`)
    return words.every((word) => text.includes(word))
  })
}

function folded(text: string): string {
  return text.toLowerCase().replaceAll('ё', 'е')
}
