/** Speaks new Messages of others, and nothing else: old ones, one's own and marks stay quiet. */
import { useEffect, useRef, useState } from 'react'
import type { ConversationSnapshot } from '../../engine/read.ts'
import { useWords } from '../text/text.tsx'
import styles from './Announcer.module.css'

export function Announcer({ conversation }: { conversation: ConversationSnapshot }) {
  const { text } = useWords()
  const { messages, name } = conversation
  const known = useRef<Set<string>>(null)
  const [spoken, setSpoken] = useState('')
  useEffect(() => {
    const before = known.current
    known.current = new Set(messages.map(({ messageId }) => messageId))
    if (before === null) return
    const fresh = messages.filter(
      (message) => !message.own && message.kind === 'text' && !before.has(message.messageId),
    )
    if (fresh.length > 0)
      setSpoken(fresh.map((message) => text.conversation.incoming(name, message.text)).join('. '))
  }, [messages, name, text])
  return (
    <p className={styles['announcer']} aria-live="polite">
      {spoken}
    </p>
  )
}
