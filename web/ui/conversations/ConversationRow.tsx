/** One line of the list: who, the last word or what waits, when, and how many are new. */
import type { KeyboardEvent } from 'react'
import { Link } from 'wouter'
import type { ConversationRow as RowSnapshot } from '../../engine/read.ts'
import { Avatar } from '../parts/Avatar.tsx'
import { DeliveryMark } from '../parts/Mark.tsx'
import { classes } from '../parts/classes.ts'
import { useWords, type Words } from '../text/text.tsx'
import { useToday } from '../text/today.ts'
import styles from './ConversationRow.module.css'

interface ConversationRowProps {
  readonly row: RowSnapshot
  readonly chosen: boolean
  readonly offline: boolean
  readonly tabIndex: 0 | -1
}

export function ConversationRow({ row, chosen, offline, tabIndex }: ConversationRowProps) {
  const words = useWords()
  const today = useToday()
  const { text, dates } = words
  return (
    <Link
      to={`/conversation/${row.conversationId}`}
      className={classes(styles['row'], chosen && styles['chosen'])}
      aria-current={chosen ? 'page' : undefined}
      tabIndex={tabIndex}
      data-roving=""
    >
      <Avatar accountId={row.accountId} name={row.name} />
      <span className={styles['words']}>
        <span className={styles['top']}>
          <span className={styles['name']}>{row.name || text.list.unnamed}</span>
          {row.mark !== null && row.outbox === 0 && <DeliveryMark state={row.mark} />}
          {row.mark !== null && row.outbox === 0 && (
            <span className={styles['spoken']}>{markName(row, words)}</span>
          )}
          <time className={styles['time']}>{dates.listed(row.atMs, today)}</time>
        </span>
        <span className={styles['bottom']}>
          <Preview row={row} offline={offline} words={words} />
          {row.unread > 0 && (
            <span className={styles['badge']}>
              <span aria-hidden="true">{row.unread}</span>
              <span className={styles['spoken']}>{text.list.unread(row.unread)}</span>
            </span>
          )}
        </span>
      </span>
    </Link>
  )
}

function markName(row: RowSnapshot, { text }: Words): string {
  if (row.mark === null) return ''
  return row.mark === 'delivered' ? text.list.delivered : text.mark[row.mark]
}

function Preview({ row, offline, words: { text } }: { row: RowSnapshot; offline: boolean; words: Words }) {
  if (row.outbox > 0) {
    return (
      <span className={classes(styles['preview'], styles['outbox'])}>
        <DeliveryMark state="on_device" />
        <span className={styles['clipped']}>
          {offline ? text.list.waiting(row.outbox) : text.list.sending(row.outbox)}
        </span>
      </span>
    )
  }
  if (row.draft !== '') {
    return (
      <span className={styles['preview']}>
        <span className={styles['clipped']}>
          <span className={styles['draft']}>{text.list.draft}</span> {row.draft}
        </span>
      </span>
    )
  }
  return (
    <span className={styles['preview']}>
      <span className={styles['clipped']}>{previewText(row, text)}</span>
    </span>
  )
}

function previewText(row: RowSnapshot, text: Words['text']): string {
  if (row.kind === 'blocked') return text.list.blocked
  if (row.kind === 'request_out' && row.preview.own) return text.list.asked
  if (row.preview.kind === 'on_its_way') return text.list.onItsWay
  return row.preview.kind === 'empty' ? text.list.empty : row.preview.text
}

/** Arrows, Home and End move the focus among the rows; one of them is in the tab order. */
export function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-roving]')]
  const at = rows.indexOf(document.activeElement as HTMLElement)
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key]
  const row = next === undefined || at < 0 ? undefined : rows[next]
  if (row === undefined) return
  event.preventDefault()
  row.focus()
}
