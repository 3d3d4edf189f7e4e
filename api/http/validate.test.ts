import { Hono } from 'hono'
import { expect, test } from 'vitest'
import * as z from 'zod/mini'
import { createLog } from '../log.ts'
import { onError } from './problem.ts'
import { guardBody, jsonBody, nestsDeeperThan, noQuery, query } from './validate.ts'

function app() {
  const made = new Hono()
  made.onError(onError(createLog('silent')))
  made.use(guardBody(() => 100))
  const body = z.strictObject({ name: z.string(), list: z.optional(z.array(z.strictObject({ n: z.int() }))) })
  made.post('/body', noQuery, jsonBody(body), (c) => c.json(c.req.valid('json')))
  made.get('/query', query(z.strictObject({ after: z.optional(z.string()) })), (c) => c.json({}))
  return made
}

async function post(text: string, contentType = 'application/json') {
  const answer = await app().request('/body', {
    method: 'POST',
    body: text,
    headers: { 'content-type': contentType },
  })
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
}

test('a body that fits passes, with or without a charset', async () => {
  expect(await post('{"name":"a"}', 'Application/JSON; charset=utf-8')).toMatchObject({ status: 200 })
})

test.each([
  ['{"name":', 'malformed', ''],
  ['', 'malformed', ''],
  ['"secret-word"', 'malformed', 'body'],
  ['{"name":1}', 'malformed', 'name'],
  ['{"name":"a","secret-word":1}', 'malformed', 'body'],
  ['{"name":"a","list":[{"n":1},{"n":"secret-word"}]}', 'malformed', 'list.1.n'],
])(
  'the malformed body %s becomes a Problem that names places and echoes nothing',
  async (text, code, where) => {
    const answer = await post(text)
    expect(answer).toMatchObject({ status: 400, type: 'application/problem+json' })
    const problem = JSON.parse(answer.text)
    expect([problem.code, problem.where?.[0] ?? '']).toEqual([code, where])
    expect(answer.text).not.toContain('secret-word')
  },
)

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])(
  'a body of type "%s" is refused before it is read',
  async (type) => {
    const answer = await post('{"name":"a"}', type)
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([415, 'unsupported_media_type'])
  },
)

test('a body that is too large is refused, announced or not', async () => {
  const large = JSON.stringify({ name: 'x'.repeat(200) })
  expect(await post(large)).toMatchObject({ status: 413 })
  const stream = new Blob([large]).stream()
  const init = {
    method: 'POST',
    body: stream,
    duplex: 'half',
    headers: { 'content-type': 'application/json' },
  }
  expect((await app().request('/body', init as RequestInit)).status).toBe(413)
})

test('a deep body is refused before it is parsed', async () => {
  expect((await post('['.repeat(17) + ']'.repeat(17))).status).toBe(400)
  expect(nestsDeeperThan('[[{"a":"]]]}"}]]', 3)).toBe(false)
  expect(nestsDeeperThan('[[{"a":["\\"["]}]]', 3)).toBe(true)
  expect(nestsDeeperThan('"[[[[[["', 3)).toBe(false)
})

test('a query key that means nothing is refused, and one given twice', async () => {
  for (const path of ['/query?other=1', '/query?after=1&after=2'])
    expect((await app().request(path)).status).toBe(400)
  expect((await app().request('/query?after=1')).status).toBe(200)
  const init = { method: 'POST', body: '{"name":"a"}', headers: { 'content-type': 'application/json' } }
  expect((await app().request('/body?x', init)).status).toBe(400)
})
