/** The OpenAPI document: each route says what it takes and answers; the schemas are those that also check. */
import { describeRoute, openAPIRouteHandler, resolver } from 'hono-openapi'
import type { Hono, MiddlewareHandler } from 'hono'
import type * as z from 'zod/mini'
import { problem as problemSchema, type ProblemCode } from '../../wire/problem.ts'
import { problemStatus } from './problem.ts'

/** `proof`: a DPoP proof without an access token. `admission`: exactly one of Capability and Ticket. */
export type RouteAuth = 'none' | 'proof' | 'login' | 'admission'

export interface Operation {
  readonly summary: string
  readonly auth: RouteAuth
  readonly status?: 200 | 201 | 204
  readonly answer?: z.ZodMiniType
  /** Beside those that every route may answer. */
  readonly problems?: readonly ProblemCode[]
}

const SECURITY: Readonly<Record<RouteAuth, readonly Record<string, string[]>[]>> = {
  none: [],
  proof: [{ proof: [] }],
  login: [{ login: [], proof: [] }],
  admission: [{ capability: [] }, { ticket: [] }],
}

const EVERYWHERE: readonly ProblemCode[] = ['malformed', 'too_many', 'internal', 'unavailable']
const BY_AUTH: Readonly<Record<RouteAuth, readonly ProblemCode[]>> = {
  none: [],
  proof: ['login_required', 'proof_replayed'],
  login: ['login_required', 'proof_replayed', 'device_revoked'],
  admission: ['not_accepted'],
}

export function describe(operation: Operation): MiddlewareHandler {
  const codes = [...EVERYWHERE, ...BY_AUTH[operation.auth], ...(operation.problems ?? [])]
  return describeRoute({
    summary: operation.summary,
    security: [...SECURITY[operation.auth]],
    responses: { [operation.status ?? 200]: answerOf(operation), ...problemAnswers(codes) },
  })
}

export function openapi(app: Hono): MiddlewareHandler {
  return openAPIRouteHandler(app, {
    excludeStaticFile: false,
    defaultValidationErrorResponse: false,
    documentation: {
      info: { title: 'Plasma', version: '1', description: 'The API of an end-to-end-encrypted messenger.' },
      components: {
        securitySchemes: {
          login: { type: 'http', scheme: 'DPoP', description: 'Access token of a Login, RFC 9449.' },
          proof: {
            type: 'apiKey',
            in: 'header',
            name: 'DPoP',
            description: 'Proof by the login key of the Device.',
          },
          capability: { type: 'apiKey', in: 'header', name: 'Plasma-Capability' },
          ticket: { type: 'apiKey', in: 'header', name: 'Plasma-Ticket' },
        },
      },
    },
  })
}

function answerOf({ answer, summary }: Operation) {
  if (answer === undefined) return { description: summary }
  return { description: summary, content: { 'application/json': { schema: resolver(answer) } } }
}

function problemAnswers(codes: readonly ProblemCode[]) {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of new Set(codes)) {
    const status = problemStatus(code)
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, listed]) => [
      status,
      {
        description: listed.join(', '),
        content: { 'application/problem+json': { schema: resolver(problemSchema) } },
      },
    ]),
  )
}
