/** Reports of browsers about our own policy. Only which directive was broken is kept, as a log line. */
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import * as z from 'zod/mini'
import type { Log } from '../log.ts'
import type { Limits } from './limits.ts'
import { describe } from './openapi.ts'
import { problem } from './problem.ts'
import { nestsDeeperThan, noQuery } from './validate.ts'

const directive = z.string().check(z.regex(/^[a-z-]{1,64}$/))
/** Sent by `report-uri`. */
const legacyReport = z.object({ 'csp-report': z.object({ 'effective-directive': directive }) })
/** Sent by `report-to`; reports of other types are counted under their type. */
const report = z.object({
  type: directive,
  body: z.optional(z.object({ effectiveDirective: z.optional(directive) })),
})
const reports = z.array(report).check(z.maxLength(100))

const MEDIA_TYPES: ReadonlySet<string> = new Set([
  'application/csp-report',
  'application/reports+json',
  'application/json',
])
const MAX_REPORT_BYTES = 64 * 1024

export function reportRoutes({ log, limits }: { log: Log; limits: Limits }): Hono {
  const app = new Hono()
  app.post(
    '/v1/reports',
    describe({
      summary: 'Take reports about the browser policy',
      auth: 'none',
      status: 204,
      problems: ['too_large'],
    }),
    noQuery,
    limits.byAddress,
    bodyLimit({
      maxSize: MAX_REPORT_BYTES,
      onError: () => {
        throw problem('too_large')
      },
    }),
    async (c) => {
      const mediaType = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
      if (!MEDIA_TYPES.has(mediaType)) throw problem('unsupported_media_type')
      for (const name of directivesOf(await c.req.text())) log.warn('csp_report', { directive: name })
      return c.body(null, 204)
    },
  )
  return app
}

function directivesOf(text: string): readonly string[] {
  const value = parseJson(text)
  const legacy = legacyReport.safeParse(value)
  if (legacy.success) return [legacy.data['csp-report']['effective-directive']]
  const modern = reports.safeParse(value)
  if (!modern.success) throw problem('malformed', { where: ['body'] })
  return modern.data.map(({ type, body }) => body?.effectiveDirective ?? type)
}

function parseJson(text: string): unknown {
  if (nestsDeeperThan(text, 16)) throw problem('malformed', { where: ['body'] })
  try {
    return JSON.parse(text)
  } catch {
    throw problem('malformed', { where: ['body'] })
  }
}
