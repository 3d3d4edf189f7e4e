/** The Messages of a Conversation, virtual, opened at the unread line, with one focus that arrows move. */
import {
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
} from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'
import type { ConversationSnapshot } from '../../engine/read.ts'
import { useWords } from '../text/text.tsx'
import { logItems, type LogItem } from './logItems.ts'
import { LogEntry } from './MessageItem.tsx'
import { NewBelow } from './NewBelow.tsx'
import styles from './MessageLog.module.css'

interface MessageLogProps {
  readonly conversation: ConversationSnapshot
  readonly onDetails: (messageId: string) => void
  /** The end of the log is on screen. */
  readonly onSeen: (messageId: string) => void
}

/** This close to the end counts as being at it. */
const AT_END_PX = 48

export function MessageLog({ conversation, onDetails, onSeen }: MessageLogProps) {
  const { text } = useWords()
  const { messages } = conversation
  // The line stays where it was on opening, though the Messages become read at once.
  const [firstUnreadId] = useState(conversation.firstUnreadId)
  const items = useMemo(() => logItems(messages, firstUnreadId), [messages, firstUnreadId])
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<VirtualizerHandle>(null)
  const position = usePosition(items, list, scroller)
  const roving = useRovingMessage(items, list, scroller)
  useSeen(conversation, position.place === 'end', onSeen)
  return (
    <div className={styles['frame']}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrows among the Messages inside */}
      <div
        ref={scroller}
        className={styles['scroller']}
        role="log"
        aria-live="off"
        aria-label={text.conversation.log(conversation.name || text.list.unnamed)}
        onKeyDown={roving.onKeyDown}
        onFocus={roving.onFocus}
      >
        <div className={styles['spacer']} />
        <div className={styles['column']}>
          <Virtualizer
            ref={list}
            scrollRef={scroller}
            keepMounted={roving.index < 0 ? [] : [roving.index]}
            onScroll={position.onScroll}
            onResize={position.onResize}
          >
            {items.map((item, index) => (
              <LogEntry
                key={item.id}
                item={item}
                conversation={conversation}
                focusable={index === roving.index}
                onDetails={onDetails}
              />
            ))}
          </Virtualizer>
        </div>
      </div>
      {position.place === 'above' && <NewBelow messages={messages} onClick={position.toEnd} />}
    </div>
  )
}

type ListRef = { readonly current: VirtualizerHandle | null }
type ScrollerRef = { readonly current: HTMLDivElement | null }

/** Opens at the unread line or the end, and stays at the end while one is there or has just written. */
function usePosition(items: readonly LogItem[], list: ListRef, scroller: ScrollerRef) {
  const [place, setPlace] = useState<'unknown' | 'end' | 'above'>('unknown')
  const held = useRef(true)
  const last = items.length - 1
  const lastItem = items[last]
  const lastId = lastItem?.id
  const ownLast = lastItem?.kind === 'message' && lastItem.message.own
  const opened = useRef(false)

  const toEnd = () => {
    held.current = true
    list.current?.scrollToIndex(last, { align: 'end' })
  }
  const settle = useEffectEvent(() => {
    const unread = items.findIndex((item) => item.kind === 'unread')
    if (!opened.current && unread >= 0) {
      held.current = false
      list.current?.scrollToIndex(Math.max(0, unread - 1), { align: 'start' })
    } else if (!opened.current || held.current || ownLast) toEnd()
    opened.current = true
  })
  // Only a new end moves the log; items change for many other reasons.
  useLayoutEffect(() => {
    if (lastId !== undefined) settle()
  }, [lastId])

  const isAtEnd = () => {
    const element = scroller.current
    return element !== null && element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PX
  }
  // What grows below moves the end away; only going up in a log that does not change is leaving it.
  const seen = useRef({ offset: 0, height: 0 })
  const onScroll = (offset: number) => {
    const height = scroller.current?.scrollHeight ?? 0
    const left = offset < seen.current.offset && height === seen.current.height
    seen.current = { offset, height }
    if (isAtEnd()) held.current = true
    else if (left) held.current = false
    setPlace(held.current ? 'end' : 'above')
  }
  // A log that fits never scrolls: its first measure tells that the end is shown.
  const onResize = () => {
    if (held.current) toEnd()
    if (isAtEnd()) setPlace('end')
  }
  return { place, toEnd, onScroll, onResize }
}

/** One Message is in the tab order; arrows, Home and End choose another and bring it on screen. */
function useRovingMessage(items: readonly LogItem[], list: ListRef, scroller: ScrollerRef) {
  const [chosenId, setChosenId] = useState<string | null>(null)
  const stops = useMemo(
    () => items.flatMap((item, index) => (item.kind === 'message' ? [{ id: item.id, index }] : [])),
    [items],
  )
  const at = Math.max(0, chosenId === null ? stops.length - 1 : stops.findIndex(({ id }) => id === chosenId))
  const moved = useRef(false)

  useEffect(() => {
    if (!moved.current || chosenId === null) return
    moved.current = false
    return focusOnceShown(
      () => scroller.current?.querySelector(`[data-message="${CSS.escape(chosenId)}"]`) ?? null,
    )
  }, [chosenId, scroller])

  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: stops.length - 1 }[event.key]
    const stop = next === undefined ? undefined : stops[next]
    if (stop === undefined) return
    event.preventDefault()
    moved.current = true
    list.current?.scrollToIndex(stop.index, { align: 'nearest' })
    setChosenId(stop.id)
  }
  const onFocus = (event: { target: Element }) => {
    const id = event.target.closest<HTMLElement>('[data-message]')?.dataset['message']
    if (id !== undefined) setChosenId(id)
  }
  return { index: stops[at]?.index ?? -1, onKeyDown, onFocus }
}

/** A Message far away stays hidden until the list has measured it; a hidden one takes no focus. @returns how to give up. */
function focusOnceShown(find: () => HTMLElement | null): () => void {
  let frame = 0
  const attempt = () => {
    const message = find()
    if (message === null) return
    message.focus({ preventScroll: true })
    if (document.activeElement !== message) frame = requestAnimationFrame(attempt)
  }
  attempt()
  return () => cancelAnimationFrame(frame)
}

/** Tells that the newest Message of theirs was seen: the end is shown, and the page is in front. */
function useSeen(conversation: ConversationSnapshot, atEnd: boolean, onSeen: (messageId: string) => void) {
  const newest = conversation.messages.findLast((message) => !message.own)?.messageId
  useEffect(() => {
    if (newest === undefined || !atEnd) return
    const tell = () => {
      if (document.visibilityState === 'visible' && document.hasFocus()) onSeen(newest)
    }
    tell()
    document.addEventListener('visibilitychange', tell)
    addEventListener('focus', tell)
    return () => {
      document.removeEventListener('visibilitychange', tell)
      removeEventListener('focus', tell)
    }
  }, [newest, atEnd, onSeen])
}
