import { expect, test } from 'vitest'
import type { ConversationRow } from '../../engine/read.ts'
import { matching } from './search.ts'

function row(name: string, text: string): ConversationRow {
  const preview = { text, own: false, kind: 'text' } as const
  return {
    conversationId: name,
    accountId: name,
    name,
    kind: 'contact',
    preview,
    draft: '',
    atMs: 0,
    unread: 0,
    outbox: 0,
    mark: null,
  }
}

const rows = [row('Алёна', 'Ёлка уже стоит'), row('Bob', 'See you on Thursday')]
const found = (query: string) => matching(rows, query).map(({ name }) => name)

test('е finds ё, and case does not matter', () => {
  expect(found('АЛЕНА')).toEqual(['Алёна'])
  expect(found('елка')).toEqual(['Алёна'])
})

test('every word has to be somewhere', () => {
  expect(found('bob thurs')).toEqual(['Bob'])
  expect(found('bob елка')).toEqual([])
})

test('an empty query finds all', () => expect(found('  ')).toEqual(['Алёна', 'Bob']))
