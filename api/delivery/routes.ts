/** The routes of delivery: post by Capability or Ticket, acknowledge and listen by Login. */
import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono, type MiddlewareHandler } from 'hono'
import * as z from 'zod/mini'
import { acknowledgePost, envelopeAnswer, envelopePost } from '../../wire/envelope.ts'
import { streamQuery } from '../../wire/stream.ts'
import type { Gate } from '../http/admission.ts'
import type { LoginEnv } from '../http/auth.ts'
import { describe } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { jsonBody, noQuery, query } from '../http/validate.ts'
import { acknowledge, type AcknowledgeDeps } from './acknowledge.ts'
import { type DeliveryTarget, postEnvelopes, type PostDeps } from './post.ts'
import type { Streams } from './streams.ts'

export interface RouteDeps {
  readonly gate: Gate
  readonly requireLogin: MiddlewareHandler<LoginEnv>
  /** Undefined: the Account is gone. */
  readonly target: (accountId: string) => Promise<DeliveryTarget | undefined>
  readonly streams: Streams
  readonly posting: PostDeps
  readonly acknowledging: AcknowledgeDeps
}

interface StreamEnv extends LoginEnv {
  Bindings: { readonly outgoing?: ServerResponse }
}

export function deliveryRoutes(deps: RouteDeps): Hono {
  const app = new Hono()
  app.route('/', postRoute(deps))
  app.route('/', acknowledgeRoute(deps))
  app.route('/', streamRoute(deps))
  return app
}

function postRoute({ gate, target, posting }: RouteDeps): Hono {
  const app = new Hono()
  app.post(
    '/v1/envelopes',
    describe({
      summary: 'Post Envelopes for the Devices of an Account',
      auth: 'admission',
      answer: envelopeAnswer,
      problems: ['account_gone', 'stale_devices', 'too_large', 'unsupported_media_type', 'mailbox_full'],
    }),
    noQuery,
    jsonBody(envelopePost),
    async (c) => {
      const post = c.req.valid('json')
      const admission = await gate.admit(c, post.account)
      const addressed = await target(post.account)
      if (addressed === undefined) throw problem('account_gone')
      const lasting = post.envelopes.filter(({ ephemeral }) => !ephemeral)
      // Typing is for Contacts.
      if (admission.kind === 'ticket' && lasting.length < post.envelopes.length) {
        throw problem('malformed', { where: ['envelopes'] })
      }
      const ticketTag = admission.kind === 'ticket' ? admission.ticketTag : null
      const deviceIds = lasting.map(({ deviceId }) => deviceId)
      const spend = () => gate.spendEnvelopes(admission, deviceIds)
      return c.json(await postEnvelopes(posting, addressed, post, ticketTag, spend))
    },
  )
  return app
}

function acknowledgeRoute({ requireLogin, acknowledging }: RouteDeps): Hono<LoginEnv> {
  const app = new Hono<LoginEnv>()
  app.post(
    '/v1/acknowledgements',
    describe({
      summary: 'Acknowledge Envelopes that are processed and kept',
      auth: 'login',
      answer: z.object({}),
      problems: ['too_large', 'unsupported_media_type'],
    }),
    noQuery,
    requireLogin,
    jsonBody(acknowledgePost),
    async (c) => {
      await acknowledge(acknowledging, c.get('login').deviceId, c.req.valid('json'))
      return c.json({})
    },
  )
  return app
}

function streamRoute({ requireLogin, streams }: RouteDeps): Hono<StreamEnv> {
  const app = new Hono<StreamEnv>()
  app.get(
    '/v1/stream',
    describe({ summary: "Open the Device's Stream", auth: 'login', problems: ['run_conflict'] }),
    requireLogin,
    query(streamQuery),
    async (c) => {
      // HEAD comes here too, and would open a Stream that nobody reads.
      if (c.req.raw.method !== 'GET') throw problem('method_not_allowed', { allow: ['GET'] })
      if (c.env.outgoing === undefined) throw new Error('a Stream needs a socket')
      await streams.open(c.get('login').deviceId, c.req.valid('query'), c.env.outgoing)
      return RESPONSE_ALREADY_SENT
    },
  )
  return app
}
