/** The built web app, read once at start: a path that was not found then is never looked for on the disk. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Hono } from 'hono'
import { getMimeType } from 'hono/utils/mime'
import { setHeaders, type SecurityHeaders } from './headers.ts'
import { problem } from './problem.ts'

interface WebFile {
  readonly plain: Buffer<ArrayBuffer>
  readonly gzipped: Buffer<ArrayBuffer> | null
  readonly type: string
  readonly etag: string
  readonly cacheControl: string
}
type WebFiles = ReadonlyMap<string, WebFile>

/** Pages are one document that routes by itself; everything with a dot in its last part is a file. */
export function webRoutes(webDir: string, headers: SecurityHeaders): Hono {
  const files = readFiles(webDir)
  const app = new Hono()
  app.get('/*', setHeaders(headers), (c) => {
    const file =
      files.get(c.req.path) ?? (isNavigation(c.req.path, c.req.header()) ? files.get(INDEX) : undefined)
    if (file === undefined) throw problem('not_found')
    c.header('cache-control', file.cacheControl)
    c.header('etag', file.etag)
    c.header('vary', 'accept-encoding')
    if (c.req.header('if-none-match') === file.etag) return c.body(null, 304)
    c.header('content-type', file.type)
    if (file.gzipped === null || !acceptsGzip(c.req.header('accept-encoding'))) return c.body(file.plain)
    c.header('content-encoding', 'gzip')
    return c.body(file.gzipped)
  })
  return app
}

const INDEX = '/index.html'

function isNavigation(path: string, headers: Record<string, string>): boolean {
  if (path === '/') return true
  const isFile = path.slice(path.lastIndexOf('/')).includes('.')
  const forScript = headers['sec-fetch-mode'] !== undefined && headers['sec-fetch-mode'] !== 'navigate'
  return !isFile && !forScript && (headers['accept'] ?? '').includes('text/html')
}

function acceptsGzip(header: string | undefined): boolean {
  return (header ?? '').split(',').some((part) => part.trim().split(';')[0] === 'gzip')
}

function readFiles(webDir: string): WebFiles {
  if (!existsSync(webDir)) return new Map()
  const paths = readdirSync(webDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return new Map(
    paths.map((path) => {
      const urlPath = `/${relative(webDir, path).split(sep).join('/')}`
      return [urlPath, readWebFile(path, urlPath)]
    }),
  )
}

function readWebFile(path: string, urlPath: string): WebFile {
  const plain = readFileSync(path) as Buffer<ArrayBuffer>
  const type = path.endsWith('.webmanifest')
    ? 'application/manifest+json'
    : (getMimeType(path) ?? UNKNOWN_TYPE)
  const gzipped = COMPRESSIBLE.test(type) ? (gzipSync(plain) as Buffer<ArrayBuffer>) : null
  return {
    plain,
    gzipped: gzipped !== null && gzipped.length < plain.length ? gzipped : null,
    type,
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
    cacheControl: cacheControlOf(urlPath),
  }
}

const UNKNOWN_TYPE = 'application/octet-stream'
const COMPRESSIBLE = /^(?:text\/|application\/(?:json|javascript|manifest\+json|wasm)|image\/svg)/

/** Files under /assets carry a hash of their content in the name. */
function cacheControlOf(urlPath: string): string {
  return urlPath.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
}
