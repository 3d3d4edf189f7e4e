/** Requests that no honest client sends: each gets an answer of the 400s or a closed connection, and nothing breaks. */
import { connect } from 'node:net'
import type { Ledger } from './ledger.ts'

interface Attack {
  readonly name: string
  /** What goes over the wire, byte by byte. */
  readonly bytes: string | Buffer
  /** Statuses that are right; an empty answer means that the connection was closed, which is right as well. */
  readonly statuses: readonly number[]
}

const CLIENT_ERRORS = [400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 417, 431]
const ANSWER_LIMIT_MS = 10_000
const MIB = 1024 * 1024

/** Sockets that send half a request and wait. */
const SLOW_SOCKETS = 300
/** What a healthy answer may take meanwhile, on two busy cores. */
const HEALTHY_MS = 500

export async function auditAbuse(ledger: Ledger, origin: string): Promise<void> {
  const host = new URL(origin).host
  for (const attack of [...framing(host), ...sizes(host), ...bodies(host), ...paths(host)]) {
    await attempt(ledger, origin, attack)
  }
  await slowHeaders(ledger, origin)
  ledger.check('the messenger still answers', (await fetch(`${origin}/readyz`)).status === 200)
}

/** What makes two servers disagree about where a request ends. */
function framing(host: string): Attack[] {
  const post = (headers: string, body = '') =>
    `POST /v1/reports HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`
  const refused = [400]
  return [
    {
      name: 'two Content-Length',
      bytes: post('Content-Length: 2\r\nContent-Length: 30', '[]'),
      statuses: refused,
    },
    {
      name: 'Content-Length and Transfer-Encoding',
      bytes: post('Content-Length: 4\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
      statuses: refused,
    },
    {
      name: 'an obfuscated Transfer-Encoding',
      bytes: post('Transfer-Encoding: xchunked', '2\r\n[]\r\n0\r\n\r\n'),
      statuses: CLIENT_ERRORS,
    },
    { name: 'a negative Content-Length', bytes: post('Content-Length: -1'), statuses: refused },
    {
      name: 'a chunk size that is none',
      bytes: post('Transfer-Encoding: chunked', 'zz\r\n[]\r\n0\r\n\r\n'),
      statuses: refused,
    },
    {
      name: 'a chunk longer than it says',
      bytes: post('Transfer-Encoding: chunked', '2\r\n[][][]\r\n0\r\n\r\n'),
      statuses: refused,
    },
    {
      name: 'a huge chunk size',
      bytes: post('Transfer-Encoding: chunked', 'ffffffffffffffff1\r\n[]'),
      statuses: CLIENT_ERRORS,
    },
    {
      name: 'NUL in a header',
      bytes: `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nX: a\0b\r\n\r\n`,
      statuses: refused,
    },
    {
      name: 'NUL in the path',
      bytes: `GET /v1/\0platform HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      statuses: refused,
    },
    {
      name: 'a bare line feed in a header',
      bytes: `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nX: a\nY : b\r\n\r\n`,
      statuses: refused,
    },
    {
      name: 'a space before the colon',
      bytes: `GET /healthz HTTP/1.1\r\nHost : ${host}\r\n\r\n`,
      statuses: refused,
    },
    { name: 'no Host', bytes: 'GET /healthz HTTP/1.1\r\n\r\n', statuses: refused },
    {
      name: 'no HTTP at all',
      bytes: Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0, 0]),
      statuses: refused,
    },
    {
      name: 'an unknown method',
      bytes: `BREW /v1/platform HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      statuses: [400, 404, 405, 501],
    },
    {
      name: 'TRACE',
      bytes: `TRACE /v1/platform HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      statuses: [400, 404, 405, 501],
    },
  ]
}

function sizes(host: string): Attack[] {
  const bodyOf = (bytes: number) =>
    Buffer.concat([
      Buffer.from(
        `POST /v1/accounts HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`,
      ),
      Buffer.alloc(bytes, ' '),
    ])
  return [
    {
      name: '200 kB of headers',
      bytes: `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nX: ${'a'.repeat(200_000)}\r\n\r\n`,
      statuses: [431],
    },
    {
      name: '5,000 headers',
      bytes: `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n${Array.from({ length: 5000 }, (_, at) => `X${at}: 1`).join('\r\n')}\r\n\r\n`,
      statuses: [431],
    },
    {
      name: 'an address of 100 kB',
      bytes: `GET /v1/${'a'.repeat(100_000)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      statuses: [404, 414, 431],
    },
    { name: 'a body of 50 MiB', bytes: bodyOf(50 * MIB), statuses: [413] },
  ]
}

function bodies(host: string): Attack[] {
  const json = (body: string, type = 'application/json') =>
    `POST /v1/login HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  const refused = [400, 401, 413, 415]
  return [
    {
      name: 'JSON nested 20,000 deep',
      bytes: json('['.repeat(20_000) + ']'.repeat(20_000)),
      statuses: refused,
    },
    { name: 'JSON that never ends', bytes: json('{"accountId": "'), statuses: refused },
    {
      name: '__proto__',
      bytes: json('{"__proto__": {"isAdmin": true}, "constructor": {"prototype": {"x": 1}}}'),
      statuses: refused,
    },
    {
      name: 'a number of 10,000 digits',
      bytes: json(`{"accountId": ${'9'.repeat(10_000)}}`),
      statuses: refused,
    },
    { name: 'a lone surrogate', bytes: json('{"accountId": "\\ud800"}'), statuses: refused },
    { name: 'NUL in a string', bytes: json('{"accountId": "\\u0000"}'), statuses: refused },
    {
      name: 'XML',
      bytes: json('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 'text/xml'),
      statuses: refused,
    },
    { name: 'a form', bytes: json('accountId=1', 'application/x-www-form-urlencoded'), statuses: refused },
    { name: 'no JSON', bytes: json('\u0000\u0001'), statuses: refused },
  ]
}

function paths(host: string): Attack[] {
  const get = (path: string, headers = '') =>
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${headers}Connection: close\r\n\r\n`
  const traversals = [
    '/../../../../etc/passwd',
    '/..%2f..%2f..%2fetc%2fpasswd',
    '/%2e%2e/%2e%2e/package.json',
    '/assets/..%5c..%5cpackage.json',
    '/assets/../../../package.json',
    '//etc/passwd',
    '/.git/config',
    '/.env',
    '/assets/%00.js',
  ]
  return [
    ...traversals.map((path) => ({ name: `traversal ${path}`, bytes: get(path), statuses: [200, 400, 404] })),
    {
      name: 'a line break in the path',
      bytes: get('/v1/platform%0d%0aSet-Cookie:%20x=1'),
      statuses: [400, 404],
    },
    { name: 'a broken escape', bytes: get('/v1/contact-links/%zz'), statuses: [400, 404, 405] },
    {
      name: 'a foreign address in the request line',
      bytes: get('http://mallory.example/v1/platform'),
      statuses: [200, 400, 404, 421],
    },
    {
      name: 'another Host',
      bytes: `GET / HTTP/1.1\r\nHost: mallory.example"><script>\r\nConnection: close\r\n\r\n`,
      statuses: [200, 400, 421],
    },
    { name: 'X-Forwarded-Host', bytes: get('/', 'X-Forwarded-Host: mallory.example\r\n'), statuses: [200] },
  ]
}

async function attempt(ledger: Ledger, origin: string, { name, bytes, statuses }: Attack): Promise<void> {
  const answer = await exchange(origin, bytes)
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
  const isRight = answer === '' || statuses.includes(status)
  ledger.check(`${name} is refused or closed`, isRight, answer.slice(0, 200))
  const leaks =
    /\bat .*\.[jt]s:\d|node_modules|\/home\/|\/root\/|root:x:|repositoryformatversion|"devDependencies"|mallory|\bset-cookie: x=1/i
  ledger.check(`${name} learns nothing`, !leaks.test(answer), leaks.exec(answer)?.[0])
}

/** Sends and reads until the other side closes or says no more. */
function exchange(origin: string, bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(port), hostname)
    const done = () => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(ANSWER_LIMIT_MS, done)
    socket.on('data', (part) => {
      answer += part.toString('latin1')
      if (/\r\n\r\n/.test(answer)) socket.setTimeout(200, done)
    })
    socket.on('error', done)
    socket.on('close', done)
    socket.write(bytes)
  })
}

async function slowHeaders(ledger: Ledger, origin: string): Promise<void> {
  const { hostname, port, host } = new URL(origin)
  const sockets = Array.from({ length: SLOW_SOCKETS }, () => {
    const socket = connect(Number(port), hostname, () =>
      socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nX-Slow: `),
    )
    return socket.on('error', () => undefined)
  })
  const times: number[] = []
  for (let at = 0; at < 40; at++) {
    const startedMs = performance.now()
    await (await fetch(`${origin}/healthz`)).arrayBuffer()
    times.push(performance.now() - startedMs)
  }
  const slowest = Math.max(...times.toSorted((a, b) => a - b).slice(0, -1))
  ledger.check(
    `with ${SLOW_SOCKETS} slow sockets, others are served`,
    slowest < HEALTHY_MS,
    Math.round(slowest),
  )
  for (const socket of sockets) socket.destroy()
}
