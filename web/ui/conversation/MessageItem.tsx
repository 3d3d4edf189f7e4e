/** One entry of the log as it is drawn: a Message with its rail and foot, a date, or the unread line. */
import type { ConversationSnapshot, MessageRow } from '../../engine/read.ts'
import { Bubble } from '../parts/Bubble.tsx'
import { ArrivingMark, DeliveryMark } from '../parts/Mark.tsx'
import { classes } from '../parts/classes.ts'
import { useWords } from '../text/text.tsx'
import { useToday } from '../text/today.ts'
import { hasTrouble, type LogItem, type MessageItem as Item } from './logItems.ts'
import { stateWords, troubleWords } from './markWords.ts'
import styles from './MessageItem.module.css'

interface LogEntryProps {
  readonly item: LogItem
  readonly conversation: ConversationSnapshot
  readonly focusable: boolean
  readonly onDetails: (messageId: string) => void
}

export function LogEntry({ item, ...rest }: LogEntryProps) {
  const { text, dates } = useWords()
  const today = useToday()
  switch (item.kind) {
    case 'date':
      return <p className={styles['date']}>{dates.day(item.atMs, today)}</p>
    case 'unread':
      return (
        <p className={styles['unread']}>
          <span className={styles['pill']}>{text.conversation.newSince(dates.time(item.sinceMs))}</span>
        </p>
      )
    case 'message':
      return <MessageEntry item={item} {...rest} />
  }
}

interface MessageEntryProps extends Omit<LogEntryProps, 'item'> {
  readonly item: Item
}

function MessageEntry({ item, conversation, focusable, onDetails }: MessageEntryProps) {
  const words = useWords()
  const { message, first, last } = item
  const { text, dates } = words
  const speaker = message.own ? text.conversation.own : conversation.name || text.list.unnamed
  const details = () => onDetails(message.messageId)
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- one roving focus in the log; Enter opens details
    <article
      className={classes(styles['entry'], message.own && styles['own'], last && styles['last'])}
      aria-label={`${speaker}, ${dates.time(message.sentMs)}`}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the same roving focus
      tabIndex={focusable ? 0 : -1}
      data-message={message.messageId}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && event.target === event.currentTarget && message.own) details()
      }}
    >
      <div className={styles['line']}>
        <Bubble own={message.own} first={first} last={last} hollow={message.kind !== 'text'}>
          <Content message={message} />
        </Bubble>
        {message.own && (
          <span className={styles['rail']}>
            {item.mark !== null && (
              <button
                type="button"
                className={styles['mark']}
                tabIndex={-1}
                aria-label={text.markDetails.open(stateWords(message, conversation.name, words))}
                onClick={details}
              >
                <DeliveryMark state={item.mark} />
              </button>
            )}
          </span>
        )}
      </div>
      <Foot item={item} conversation={conversation} onDetails={details} />
    </article>
  )
}

function Content({ message }: { message: MessageRow }) {
  const { text } = useWords()
  switch (message.kind) {
    case 'text':
      return message.text
    case 'on_its_way':
      return (
        <>
          <span className={styles['waiting']}>
            <ArrivingMark />
          </span>
          <span>{text.conversation.onItsWay}</span>
        </>
      )
    case 'gap':
      return text.conversation.gap
    case 'update_needed':
      return text.conversation.updateNeeded
  }
}

interface FootProps {
  readonly item: Item
  readonly conversation: ConversationSnapshot
  readonly onDetails: () => void
}

/** The group's time, the newest own Message's state, or why it was not sent. */
function Foot({ item, conversation, onDetails }: FootProps) {
  const words = useWords()
  const { message, last, told } = item
  if (hasTrouble(message)) {
    return (
      <button
        type="button"
        className={classes(styles['foot'], styles['trouble'])}
        tabIndex={-1}
        onClick={onDetails}
      >
        {troubleWords(message, words)}
      </button>
    )
  }
  if (!last && !told) return null
  const time = words.dates.time(message.sentMs)
  const state = told ? stateWords(message, conversation.name, words) : ''
  return <p className={styles['foot']}>{state === '' ? time : `${time} · ${state}`}</p>
}
