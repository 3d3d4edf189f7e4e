import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { pageHeaders } from './headers.ts'
import { onError } from './problem.ts'
import { webRoutes } from './web.ts'

const folder = mkdtempSync(join(tmpdir(), 'plasma-web-'))
let app: Hono

beforeAll(() => {
  mkdirSync(join(folder, 'web/assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  writeFileSync(join(folder, 'web/index.html'), '<!doctype html>'.repeat(50))
  writeFileSync(join(folder, 'web/sw.js'), 'self')
  writeFileSync(join(folder, 'web/manifest.webmanifest'), '{}')
  writeFileSync(join(folder, 'web/assets/app-1a2b.js'), 'code')
  app = new Hono()
  app.onError(onError(createLog('silent')))
  app.route('/', webRoutes(join(folder, 'web'), pageHeaders('https://chat.example')))
})
afterAll(() => rmSync(folder, { recursive: true }))

const navigate = { headers: { accept: 'text/html,*/*', 'sec-fetch-mode': 'navigate' } }

test.each(['/', '/c', '/signed-in', '/conversations/abc'])('%s is the one page', async (path) => {
  const answer = await app.request(path, navigate)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect(answer.headers.get('cache-control')).toBe('no-cache')
})

test('a file that is not there is not the page', async () => {
  expect((await app.request('/assets/gone-1.js', navigate)).status).toBe(404)
  expect((await app.request('/c', { headers: { accept: '*/*', 'sec-fetch-mode': 'cors' } })).status).toBe(404)
})

test.each([
  ['/assets/app-1a2b.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
  ['/sw.js', 'text/javascript; charset=utf-8', 'no-cache'],
  ['/manifest.webmanifest', 'application/manifest+json', 'no-cache'],
])('%s has its type, its cache and the policy', async (path, type, cache) => {
  const answer = await app.request(path)
  expect([answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([type, cache])
  const policy = answer.headers.get('content-security-policy') ?? ''
  for (const directive of [
    "default-src 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types plasma',
  ]) {
    expect(policy).toContain(directive)
  }
  expect(policy).not.toContain('unsafe')
  expect(answer.headers.get('permissions-policy')).toContain('camera=(self)')
})

test.each([
  '/../secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e/secret.txt',
  '/assets/..%5c..%5csecret.txt',
  '//secret.txt',
])('nothing outside the folder is served for %s', async (path) => {
  const answer = await app.request(path)
  expect(await answer.text()).not.toContain('secret')
  expect(answer.status).toBe(404)
})

test('what has not changed is not sent again, and text goes compressed', async () => {
  const gzip = await app.request('/', { headers: { ...navigate.headers, 'accept-encoding': 'gzip, br' } })
  expect(gzip.headers.get('content-encoding')).toBe('gzip')
  const etag = gzip.headers.get('etag') ?? ''
  const again = await app.request('/', { headers: { ...navigate.headers, 'if-none-match': etag } })
  expect([again.status, await again.text()]).toEqual([304, ''])
})
