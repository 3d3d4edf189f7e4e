/** Leads back to the end, and says how many Messages came since one left it. */
import { useState } from 'react'
import type { MessageRow } from '../../engine/read.ts'
import { Icon } from '../parts/Icon.tsx'
import { useWords } from '../text/text.tsx'
import styles from './NewBelow.module.css'

export function NewBelow({ messages, onClick }: { messages: readonly MessageRow[]; onClick: () => void }) {
  const { text } = useWords()
  const [left] = useState(messages.length)
  const count = messages.slice(left).filter((message) => !message.own).length
  return (
    <button
      type="button"
      className={styles['pill']}
      onClick={onClick}
      {...(count === 0 ? { 'aria-label': text.conversation.toEnd } : {})}
    >
      <Icon name="arrowDown" size="inline" />
      {count > 0 && text.conversation.newBelow(count)}
    </button>
  )
}
