/** What comes in over HTTP is checked here before a handler sees it; a refusal names field paths and echoes nothing. */
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { matchedRoutes } from 'hono/route'
import { validator } from 'hono-openapi'
import type * as z from 'zod/mini'
import { problem } from './problem.ts'

/** Most bodies hold ids and one signed object. */
export const DEFAULT_BODY_BYTES = 64 * 1024
/** 8 Envelopes of 64 KiB in base64url, and a little around them. */
export const ENVELOPES_BODY_BYTES = 768 * 1024
/** 150 prekeys and 400 ids to purge. */
export const PREKEYS_BODY_BYTES = 192 * 1024
/** Our deepest body has 4 levels; a parser is never given more than this. */
const MAX_JSON_DEPTH = 16

interface Issue {
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}
type Checked =
  | { readonly success: true; readonly target: string }
  | { readonly success: false; readonly target: string; readonly error: readonly Issue[] }

export function jsonBody<S extends z.ZodMiniType>(schema: S) {
  return validator('json', schema, refuse)
}

export function query<S extends z.ZodMiniType>(schema: S) {
  return validator('query', schema, refuse)
}

export function params<S extends z.ZodMiniType>(schema: S) {
  return validator('param', schema, refuse)
}

/** For every route that reads no query: a key that means nothing is refused, not ignored. */
export const noQuery: MiddlewareHandler = (c, next) => {
  if (new URL(c.req.url).search !== '') throw problem('malformed', { where: ['query'] })
  return next()
}

/** Size, media type and depth of a JSON body, in this order, before anything parses it. */
export function guardBody(maxBytesOf: (path: string) => number): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next()
    // A method that no route takes is answered as such, whatever came with it.
    if (!matchedRoutes(c).some((route) => route.method === c.req.method)) return next()
    const limit = bodyLimit({
      maxSize: maxBytesOf(c.req.path),
      onError: () => {
        throw problem('too_large')
      },
    })
    return limit(c, async () => {
      await guardJson(c)
      await next()
    })
  }
}

async function guardJson(c: Context): Promise<void> {
  const mediaType = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json') throw problem('unsupported_media_type')
  if (nestsDeeperThan(await c.req.text(), MAX_JSON_DEPTH)) throw problem('malformed', { where: ['body'] })
}

/** Counts brackets outside strings: cheaper than a parse, and cannot overflow the stack. */
export function nestsDeeperThan(text: string, maxDepth: number): boolean {
  let depth = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (inString) {
      if (code === BACKSLASH) i++
      else if (code === QUOTE) inString = false
    } else if (code === QUOTE) inString = true
    else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
      if (++depth > maxDepth) return true
    } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth--
  }
  return false
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** Always given: the validators' own answer would echo the body. */
function refuse(result: Checked): void {
  if (result.success) return
  const inBody = result.target === 'json'
  const paths = result.error.map((issue) => [...(inBody ? [] : [result.target]), ...pathOf(issue)].join('.'))
  const where = [...new Set(paths.map((path) => (path === '' ? 'body' : path)))]
  throw problem('malformed', { where: where.slice(0, 8) })
}

function pathOf(issue: Issue): readonly string[] {
  return (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))
}
