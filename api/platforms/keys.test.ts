import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createRemoteKeys } from './keys.ts'

const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach((close) => close()))

async function serving(answer: RequestListener) {
  let asked = 0
  const server = createServer((request, response) => {
    asked++
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`, asked: () => asked }
}

const keyOf = (kid: string) => ({ kty: 'OKP', crv: 'Ed25519', kid, x: 'AA', use: 'sig' })

test('keys are asked for once, whoever needs them', async () => {
  const { url, asked } = await serving((_, response) =>
    response.end(JSON.stringify({ keys: [keyOf('one')] })),
  )
  const keys = createRemoteKeys(Date.now)
  const found = await Promise.all([1, 2, 3].map(() => keys.find(url, 'one')))
  for (const key of found) expect(key).toEqual({ kty: 'OKP', crv: 'Ed25519', kid: 'one', x: 'AA' })
  expect(asked()).toBe(1)
})

test('a new kid is found after a while, and made-up ones do not make us ask again and again', async () => {
  let kid = 'one'
  let nowMs = 0
  const { url, asked } = await serving((_, response) => response.end(JSON.stringify({ keys: [keyOf(kid)] })))
  const keys = createRemoteKeys(() => nowMs)
  expect(await keys.find(url, 'two')).toBeUndefined()
  kid = 'two'
  for (let i = 0; i < 10; i++) expect(await keys.find(url, 'two')).toBeUndefined()
  expect(asked()).toBe(1)
  nowMs = 31_000
  expect(await keys.find(url, 'two')).toMatchObject({ kid: 'two' })
  expect(asked()).toBe(2)
})

test('after a day a key that was withdrawn is no longer taken', async () => {
  let keySet: unknown[] = [keyOf('one')]
  let nowMs = 0
  const { url } = await serving((_, response) => response.end(JSON.stringify({ keys: keySet })))
  const keys = createRemoteKeys(() => nowMs)
  expect(await keys.find(url, 'one')).toBeDefined()
  keySet = []
  nowMs = 25 * 3_600_000
  expect(await keys.find(url, 'one')).toBeUndefined()
})

test('keys of kinds we do not take, and private ones, are passed over', async () => {
  const others = [{ kty: 'oct', kid: 'one', k: 'AA' }, { ...keyOf('one'), d: 'AA' }, 7]
  const { url } = await serving((_, response) => response.end(JSON.stringify({ keys: others })))
  expect(await createRemoteKeys(Date.now).find(url, 'one')).toBeUndefined()
})

test.each<readonly [string, RequestListener]>([
  ['an error', (_, response) => response.writeHead(500).end()],
  ['a redirect', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ['no JSON', (_, response) => response.end('<html>')],
  ['too much', (_, response) => response.end(JSON.stringify({ keys: [], padding: 'x'.repeat(70_000) }))],
])('a Platform that answers with %s is unavailable for now', async (_, answer) => {
  const { url } = await serving(answer)
  await expect(createRemoteKeys(Date.now).find(url, 'one')).rejects.toMatchObject({ code: 'unavailable' })
})
