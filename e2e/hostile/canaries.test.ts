import { expect, test } from 'vitest'
import { findCanary } from './canaries.ts'

const canary = Buffer.from('канарейка-7f3e9a')

test.each([
  ['raw', Buffer.concat([Buffer.from('log: '), canary, Buffer.from('\n')])],
  ['hex', Buffer.from(`x${canary.toString('hex')}y`)],
  ['base64 at alignment 0', Buffer.from(Buffer.concat([canary, Buffer.from('zz')]).toString('base64'))],
  [
    'base64 at alignment 1',
    Buffer.from(Buffer.concat([Buffer.from('a'), canary, Buffer.from('zz')]).toString('base64')),
  ],
  [
    'base64url at alignment 2',
    Buffer.from(Buffer.concat([Buffer.from('ab'), canary, Buffer.from('z')]).toString('base64url')),
  ],
  ['UTF-16', Buffer.from(canary.toString('utf8'), 'utf16le')],
  [
    'escaped JSON',
    Buffer.from('{"t":"\\u043a\\u0430\\u043d\\u0430\\u0440\\u0435\\u0439\\u043a\\u0430-7f3e9a"}'),
  ],
])('a canary dressed as %s is found', (_dress, bytes) => {
  expect(findCanary(canary, new Map([['place', bytes]]))).toEqual(['place'])
})

test('a place without the canary is not named', () => {
  expect(findCanary(canary, new Map([['place', Buffer.from('nothing here but канарей')]]))).toEqual([])
})
