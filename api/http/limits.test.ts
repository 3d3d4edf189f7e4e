import { expect, test } from 'vitest'
import { networkOf } from './limits.ts'

test('every address of an IPv6 network is one, however it is written', () => {
  const networks = [
    ['2001:db8::a:b:c:d', '2001:db8::e:b:c:d', '2001:db8::1', '2001:DB8:0:0:1:2:3:4', '[2001:db8::7]:443'],
    ['2001:db8:1::1', '2001:db8:1:0:a:b:c:d'],
    ['2a01:4f8:c0c:12::1', '2a01:4f8:c0c:12:ffff::'],
  ]
  const names = networks.map((addresses) => new Set(addresses.map(networkOf)))
  for (const name of names) expect(name.size).toBe(1)
  expect(new Set(names.flatMap((name) => [...name])).size).toBe(networks.length)
})

test('an IPv4 address is itself, mapped or with a port', () => {
  for (const address of ['192.0.2.7', '::ffff:192.0.2.7', '192.0.2.7:50123']) {
    expect(networkOf(address)).toBe('192.0.2.7')
  }
  expect(networkOf('192.0.2.8')).not.toBe('192.0.2.7')
})
