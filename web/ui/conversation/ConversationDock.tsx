/** Below the log: the composer, or the decision that comes before it. */
import { useEffect, useRef, useState } from 'react'
import type { SendFailure } from '../../engine/engine.ts'
import type { ConversationSnapshot } from '../../engine/read.ts'
import { AlarmCard } from './AlarmCard.tsx'
import { Button } from '../parts/Button.tsx'
import { Composer } from '../parts/Composer.tsx'
import { useEngine } from '../read.tsx'
import { useWords } from '../text/text.tsx'
import { useToday } from '../text/today.ts'
import styles from './ConversationDock.module.css'
import { charactersIn, REQUEST_CHARACTERS, requestCounter } from './requestCounter.ts'
import { useDraft } from './useDraft.ts'

export function ConversationDock({ conversation }: { conversation: ConversationSnapshot }) {
  const { text, dates } = useWords()
  const today = useToday()
  if (conversation.kind === 'request_in') return <RequestDecision conversation={conversation} />
  if (conversation.kind === 'blocked') return <Blocked conversation={conversation} />
  if (conversation.chainState !== 'ok') return <AlarmCard conversation={conversation} />
  if (conversation.requestCharactersLeft === 0) {
    return <p className={styles['note']}>{text.conversation.requestFull(conversation.name)}</p>
  }
  if (!conversation.canWrite) return <p className={styles['note']}>{text.conversation.cannotWrite}</p>
  return (
    <div className={styles['dock']}>
      {conversation.freshSinceMs !== null && (
        <p className={styles['note']}>
          {text.conversation.stale(dates.listed(conversation.freshSinceMs, today))}
        </p>
      )}
      <Writing conversation={conversation} />
    </div>
  )
}

function Writing({ conversation }: { conversation: ConversationSnapshot }) {
  const { text } = useWords()
  const engine = useEngine()
  const { conversationId, requestCharactersLeft } = conversation
  const [draft, setDraft] = useDraft(conversationId, conversation.draft)
  const [failure, setFailure] = useState<SendFailure | null>(null)
  const input = useRef<HTMLTextAreaElement>(null)

  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches) input.current?.focus({ preventScroll: true })
  }, [])

  const send = async () => {
    const written = draft.trim()
    setDraft('')
    const result = await engine.sendText(conversationId, written)
    setFailure(result.ok ? null : result.failure)
    if (!result.ok) setDraft((now) => (now === '' ? written : now))
  }
  const used =
    requestCharactersLeft === null ? 0 : REQUEST_CHARACTERS - requestCharactersLeft + charactersIn(draft)
  return (
    <>
      {failure !== null && (
        <p className={styles['trouble']} role="alert">
          {text.trouble.send[failure]}
        </p>
      )}
      {requestCharactersLeft !== null && (
        <p className={styles['note']}>{text.conversation.requestNote(conversation.name)}</p>
      )}
      <Composer
        inputRef={input}
        value={draft}
        place={text.conversation.place}
        sendName={text.conversation.send}
        counter={requestCharactersLeft === null ? null : requestCounter(used, text)}
        onChange={setDraft}
        onSend={() => void send()}
      />
    </>
  )
}

function RequestDecision({ conversation }: { conversation: ConversationSnapshot }) {
  const { text } = useWords()
  const engine = useEngine()
  return (
    <div className={styles['decision']}>
      <p>{text.requests.note}</p>
      <div className={styles['actions']}>
        <Button look="fill" onClick={() => void engine.acceptRequest(conversation.conversationId)}>
          {text.requests.accept}
        </Button>
        <Button onClick={() => void engine.block(conversation.conversationId)}>{text.requests.block}</Button>
      </div>
    </div>
  )
}

function Blocked({ conversation }: { conversation: ConversationSnapshot }) {
  const { text } = useWords()
  const engine = useEngine()
  return (
    <div className={styles['decision']}>
      <p>{text.conversation.blockedNote}</p>
      <div className={styles['actions']}>
        <Button onClick={() => void engine.unblock(conversation.conversationId)}>
          {text.conversation.unblock}
        </Button>
      </div>
    </div>
  )
}
