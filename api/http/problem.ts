/** Problems (RFC 9457): the only shape in which the API says no. */
import type { Context, ErrorHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ProblemCode } from '../../wire/problem.ts'
import { isOutage } from '../db/outage.ts'
import { errorFields, type Log } from '../log.ts'

const PROBLEMS: Readonly<Record<ProblemCode, readonly [ContentfulStatusCode, string]>> = {
  malformed: [400, 'The request does not fit its schema'],
  invalid_signature: [400, 'A signature does not hold'],
  invalid_entry: [400, 'The Sigchain Entry breaks a rule'],
  grant_refused: [401, 'The Grant was refused'],
  login_required: [401, 'A Login is required'],
  proof_replayed: [401, 'The proof was used before'],
  not_accepted: [403, 'Not accepted'],
  entitlement_required: [403, 'The entitlement is missing'],
  device_revoked: [403, 'The Device is revoked'],
  not_found: [404, 'Not found'],
  account_gone: [404, 'The Account is gone'],
  link_gone: [404, 'The ContactLink does not open'],
  method_not_allowed: [405, 'Method not allowed'],
  account_exists: [409, 'An Account exists already'],
  head_moved: [409, 'The Sigchain has moved on'],
  stale_devices: [409, 'The DeviceList is stale'],
  run_conflict: [409, 'The Stream has another last run'],
  too_large: [413, 'Too large'],
  unsupported_media_type: [415, 'Unsupported media type'],
  too_many: [429, 'Too many requests'],
  internal: [500, 'Internal error'],
  unavailable: [503, 'Unavailable'],
  mailbox_full: [507, 'The Mailbox is full'],
}

export interface ProblemDetails {
  /** Paths of the offending fields, never their values. */
  readonly where?: readonly string[]
  /** Members beside the standard ones, as `staleDevices` and `runConflict` of wire/. */
  readonly fields?: Readonly<Record<string, unknown>>
  readonly retryAfterS?: number
  readonly allow?: readonly string[]
}

export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly code: ProblemCode
  readonly details: ProblemDetails
  constructor(code: ProblemCode, details: ProblemDetails) {
    super(code)
    this.code = code
    this.details = details
  }
}

/** To be thrown: `throw problem('too_many', { retryAfterS: 7 })`. */
export function problem(code: ProblemCode, details: ProblemDetails = {}): ProblemError {
  return new ProblemError(code, details)
}

export function problemStatus(code: ProblemCode): ContentfulStatusCode {
  return PROBLEMS[code][0]
}

export function problemBody(code: ProblemCode, details: ProblemDetails = {}): Record<string, unknown> {
  const [status, title] = PROBLEMS[code]
  const where = details.where === undefined ? {} : { where: details.where }
  return { ...details.fields, type: `urn:plasma:problem:${code}`, title, status, code, ...where }
}

/** Also for a raw response, which takes no headers from a Context. */
export function problemHeaders(code: ProblemCode, details: ProblemDetails = {}): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  if (PROBLEMS[code][0] === 401) headers['www-authenticate'] = 'DPoP algs="ES256"'
  if (details.allow !== undefined) headers['allow'] = details.allow.join(', ')
  if (details.retryAfterS !== undefined)
    headers['retry-after'] = String(Math.max(1, Math.ceil(details.retryAfterS)))
  return headers
}

/** The last resort of every route: a known Problem, or one that says nothing of what went wrong inside. */
export function onError(log: Log): ErrorHandler {
  return (error, c) => {
    const refused = asProblem(error)
    if (refused.code === 'internal' || refused.code === 'unavailable')
      log.error(refused.code, errorFields(error))
    return respond(c, refused)
  }
}

function respond(c: Context, { code, details }: ProblemError): Response {
  return c.body(
    JSON.stringify(problemBody(code, details)),
    problemStatus(code),
    problemHeaders(code, details),
  )
}

function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (error instanceof HTTPException) return problem(error.status === 413 ? 'too_large' : 'malformed')
  return isOutage(error) ? problem('unavailable', { retryAfterS: 2 }) : problem('internal')
}
