import { expect, test } from 'vitest'
import { arrivalAt, takeArrival } from './arrival.ts'

const at = (href: string) => new URL(href)

test('a link keeps its fragment, and only places that expect one are read', () => {
  const link = 'https://plasma.example/c#AQIDBA'
  expect(arrivalAt(at(link))).toEqual({ kind: 'link', text: link })
  expect(arrivalAt(at('https://plasma.example/signed-in#grant=x&nonce=y'))).toEqual({
    kind: 'signed_in',
    fragment: '#grant=x&nonce=y',
  })
  for (const place of ['/', '/c', '/c#', '/settings#AQID', '/conversations#AQ']) {
    expect(arrivalAt(at(`https://plasma.example${place}`))).toBeNull()
  }
})

test('the secret is gone from the address bar once it was taken', () => {
  const replaced: unknown[] = []
  const history = {
    state: null,
    replaceState: (...entry: unknown[]) => replaced.push(entry),
  } as unknown as History
  takeArrival(at('https://plasma.example/c#AQIDBA'), history)
  expect(replaced).toEqual([[null, '', '/c']])
})
