import { expect, test } from 'vitest'
import type { Mark, MessageRow } from '../../engine/read.ts'
import { logItems, type MessageItem } from './logItems.ts'

const NOON = new Date(2026, 4, 4, 12, 0).getTime()
const MINUTE = 60_000

function message(
  messageId: string,
  minute: number,
  from: 'alice' | 'bob',
  mark: Mark | null = null,
): MessageRow {
  const atMs = NOON + minute * MINUTE
  return {
    messageId,
    own: from === 'alice',
    kind: 'text',
    text: messageId,
    sentMs: atMs,
    receivedMs: atMs,
    mark,
    failure: null,
    devices: { delivered: 0, of: 1 },
  }
}

const shown = (items: ReturnType<typeof logItems>) =>
  items.map((item) => (item.kind === 'message' ? item.id : item.kind))
const only = (items: ReturnType<typeof logItems>) =>
  items.filter((item): item is MessageItem => item.kind === 'message')

test('a date stands before the first message of each day', () => {
  const items = logItems([message('a', -1440, 'bob'), message('b', 0, 'bob'), message('c', 1, 'bob')], null)
  expect(shown(items)).toEqual(['date', 'a', 'date', 'b', 'c'])
})

test('the unread line stands before the first unread message and cuts its group', () => {
  const items = logItems([message('a', 0, 'bob'), message('b', 1, 'bob')], 'b')
  expect(shown(items)).toEqual(['date', 'a', 'unread', 'b'])
  expect(only(items).map(({ first, last }) => [first, last])).toEqual([
    [true, true],
    [true, true],
  ])
})

test('one side within five minutes is one group', () => {
  const items = only(
    logItems(
      [message('a', 0, 'bob'), message('b', 4, 'bob'), message('c', 9, 'bob'), message('d', 10, 'alice')],
      null,
    ),
  )
  expect(items.map(({ first, last }) => [first, last])).toEqual([
    [true, false],
    [false, true],
    [true, true],
    [true, true],
  ])
})

test('a mark stands only beside the newest message of each state', () => {
  const states: Mark[] = ['read', 'read', 'delivered', 'delivered', 'with_server', 'on_device', 'on_device']
  const items = only(
    logItems(
      states.map((mark, index) => message(String(index), index, 'alice', mark)),
      null,
    ),
  )
  expect(items.map(({ mark }) => mark)).toEqual([
    null,
    'read',
    null,
    'delivered',
    'with_server',
    null,
    'on_device',
  ])
  expect(items.map(({ told }) => told)).toEqual([false, false, false, false, false, false, true])
})

test('every failed message keeps its mark', () => {
  const items = only(logItems([message('a', 0, 'alice', 'failed'), message('b', 1, 'alice', 'failed')], null))
  expect(items.map(({ mark }) => mark)).toEqual(['failed', 'failed'])
})
