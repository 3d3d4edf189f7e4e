/** A mark in words: where the Message is, since when, and what can be done about it. */
import type { ConversationSnapshot, MessageRow } from '../../engine/read.ts'
import { Button } from '../parts/Button.tsx'
import { DeliveryMark } from '../parts/Mark.tsx'
import { Sheet, SheetActions } from '../parts/Sheet.tsx'
import { useToast } from '../parts/Toast.tsx'
import { useEngine } from '../read.tsx'
import { useWords, type Words } from '../text/text.tsx'
import { useToday } from '../text/today.ts'
import { hasTrouble } from './logItems.ts'
import { troubleWords } from './markWords.ts'
import styles from './MessageDetails.module.css'

interface MessageDetailsProps {
  readonly message: MessageRow
  readonly conversation: ConversationSnapshot
  readonly onClose: () => void
}

export function MessageDetails({ message, conversation, onClose }: MessageDetailsProps) {
  const words = useWords()
  const today = useToday()
  const { text, dates } = words
  if (message.mark === null) return null
  return (
    <Sheet title={text.markDetails.title} onClose={onClose}>
      <p className={styles['state']}>
        <span className={styles['mark']}>
          <DeliveryMark state={message.mark} />
        </span>
        <span>
          {hasTrouble(message) && (
            <strong className={styles['trouble']}>{troubleWords(message, words)}. </strong>
          )}
          {explained(message, conversation.name, words)}
        </span>
      </p>
      <p className={styles['sent']}>
        {text.markDetails.sentAt(dates.day(message.sentMs, today), dates.time(message.sentMs))}
      </p>
      <SheetActions>
        <Acts message={message} onClose={onClose} />
        <Button wide look="plain" onClick={onClose}>
          {text.nav.close}
        </Button>
      </SheetActions>
    </Sheet>
  )
}

function Acts({ message, onClose }: { message: MessageRow; onClose: () => void }) {
  const { text } = useWords()
  const engine = useEngine()
  const say = useToast()
  const retry = () => {
    void engine.retrySend(message.messageId)
    onClose()
  }
  const cancel = async () => {
    const { cancelled } = await engine.cancelSend(message.messageId)
    say(cancelled ? text.markDetails.cancelled : text.markDetails.tooLate)
    onClose()
  }
  return (
    <>
      {hasTrouble(message) && (
        <Button wide look="fill" onClick={retry}>
          {text.markDetails.retry}
        </Button>
      )}
      {(hasTrouble(message) || message.mark === 'on_device') && (
        <Button wide look="danger" onClick={() => void cancel()}>
          {text.markDetails.cancel}
        </Button>
      )}
    </>
  )
}

function explained(message: MessageRow, name: string, { text }: Words): string {
  switch (message.mark) {
    case 'with_server':
      return text.markDetails.with_server(name)
    case 'delivered':
      return text.markDetails.delivered(message.devices.delivered, message.devices.of)
    case null:
      return ''
    case 'on_device':
    case 'read':
    case 'failed':
    case 'expired':
      return text.markDetails[message.mark]
  }
}
