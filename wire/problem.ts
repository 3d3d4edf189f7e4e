/** RFC 9457 Problems: a stable `code` the client branches on, never human text for the Person. */
import * as z from 'zod/mini'

export const PROBLEM_CODES = [
  'malformed', // 400: body, query or header does not fit its schema
  'invalid_signature', // 400
  'invalid_entry', // 400: a Sigchain Entry that breaks a rule
  'grant_refused', // 401
  'login_required', // 401: no access token, or it expired, or its proof failed
  'proof_replayed', // 401
  'not_accepted', // 403: capability or Ticket unknown, ended, rotated or spent: always the same body
  'entitlement_required', // 403: `start` is missing
  'device_revoked', // 403
  'not_found', // 404
  'account_gone', // 404
  'link_gone', // 404: unknown, rotated, expired, claimed or paused: always the same body
  'method_not_allowed', // 405
  'account_exists', // 409: this Platform subject already has an Account
  'head_moved', // 409: Sigchain compare-and-swap failed
  'stale_devices', // 409
  'run_conflict', // 409: the Stream's last run is not the one named
  'too_large', // 413
  'unsupported_media_type', // 415
  'too_many', // 429, with Retry-After
  'internal', // 500
  'unavailable', // 503, with Retry-After
  'mailbox_full', // 507
] as const

export const problemCode = z.enum(PROBLEM_CODES)
export type ProblemCode = z.infer<typeof problemCode>

/** `application/problem+json`. `where` names the offending field by path, never its value. */
export const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: problemCode,
  where: z.optional(z.array(z.string())),
})
export type Problem = z.infer<typeof problem>
