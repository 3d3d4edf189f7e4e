/** What a log shows and in which order: dates, the unread line, Messages cut into groups, marks where they tell something. */
import type { Mark, MessageRow } from '../../engine/read.ts'
import { daysBetween } from '../text/dates.ts'

export type LogItem = DateItem | UnreadItem | MessageItem

export interface DateItem {
  readonly kind: 'date'
  readonly id: string
  readonly atMs: number
}
export interface UnreadItem {
  readonly kind: 'unread'
  readonly id: string
  readonly sinceMs: number
}
export interface MessageItem {
  readonly kind: 'message'
  readonly id: string
  readonly message: MessageRow
  /** First and last of its group: one side, pauses under five minutes. */
  readonly first: boolean
  readonly last: boolean
  /** Only beside the newest Message of each state, and every failed one. */
  readonly mark: Mark | null
  /** The newest own one says its state in words. */
  readonly told: boolean
}

/** A longer pause begins a new group. */
const GROUP_PAUSE_MS = 5 * 60_000

export function logItems(messages: readonly MessageRow[], firstUnreadId: string | null): readonly LogItem[] {
  const marked = newestOfEachState(messages)
  const told = messages.findLast((message) => message.own)?.messageId
  return messages.flatMap((message, index) => {
    const before = messages[index - 1]
    const after = messages[index + 1]
    const unread = message.messageId === firstUnreadId
    const items: LogItem[] = []
    if (before === undefined || daysBetween(before.sentMs, message.sentMs) !== 0) {
      items.push({ kind: 'date', id: `date-${message.messageId}`, atMs: message.sentMs })
    }
    if (unread) items.push({ kind: 'unread', id: 'unread', sinceMs: message.sentMs })
    items.push({
      kind: 'message',
      id: message.messageId,
      message,
      first: before === undefined || unread || !together(before, message),
      last: after === undefined || after.messageId === firstUnreadId || !together(message, after),
      mark: marked.has(message.messageId) ? message.mark : null,
      told: message.messageId === told,
    })
    return items
  })
}

/** Two neighbours are one block when a side said them in one go, on one day. */
function together(earlier: MessageRow, later: MessageRow): boolean {
  return (
    earlier.own === later.own &&
    later.sentMs - earlier.sentMs < GROUP_PAUSE_MS &&
    daysBetween(earlier.sentMs, later.sentMs) === 0 &&
    !hasTrouble(earlier)
  )
}

function newestOfEachState(messages: readonly MessageRow[]): ReadonlySet<string> {
  const seen = new Set<Mark>()
  const marked = new Set<string>()
  for (const message of messages.toReversed()) {
    if (message.mark === null || (seen.has(message.mark) && !hasTrouble(message))) continue
    seen.add(message.mark)
    marked.add(message.messageId)
  }
  return marked
}

/** It says its reason under itself. */
export function hasTrouble(message: MessageRow): boolean {
  return message.mark === 'failed' || message.mark === 'expired'
}
