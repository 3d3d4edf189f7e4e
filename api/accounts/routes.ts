import { Hono } from 'hono'
import * as z from 'zod/mini'
import { accountCreate, login as loginAnswer, loginRequest } from '../../wire/grants.ts'
import { accountId } from '../../wire/ids.ts'
import { appendRequest, chainAnswer, chainQuery, freshnessRequest } from '../../wire/sigchain.ts'
import type { Gate } from '../http/admission.ts'
import type { Auth, LoginEnv } from '../http/auth.ts'
import type { Limits } from '../http/limits.ts'
import { describe } from '../http/openapi.ts'
import { jsonBody, noQuery, params, query } from '../http/validate.ts'
import type { Accounts } from './index.ts'

const done = z.object({})
const byAccount = z.object({ accountId })

export interface AccountRouteDeps {
  readonly accounts: Accounts
  readonly auth: Auth
  readonly gate: Gate
  readonly limits: Limits
}

export function accountRoutes(deps: AccountRouteDeps): Hono<LoginEnv> {
  const app = new Hono<LoginEnv>()
  enterRoutes(app, deps)
  chainRoutes(app, deps)
  return app
}

function enterRoutes(app: Hono<LoginEnv>, { accounts, auth, limits }: AccountRouteDeps): void {
  app.post(
    '/v1/accounts',
    describe({
      summary: 'Make an Account with its first Device',
      auth: 'proof',
      status: 201,
      answer: loginAnswer,
      problems: ['grant_refused', 'invalid_entry', 'account_exists'],
    }),
    noQuery,
    limits.byAddress,
    jsonBody(accountCreate),
    async (c) => {
      const jkt = await auth.proveKey(c)
      const { created, login } = await accounts.create(c.req.valid('json'), jkt)
      return c.json(login, created ? 201 : 200)
    },
  )
  app.post(
    '/v1/login',
    describe({
      summary: 'Renew a Login',
      auth: 'proof',
      answer: loginAnswer,
      problems: ['grant_refused', 'device_revoked'],
    }),
    noQuery,
    limits.byAddress,
    jsonBody(loginRequest),
    async (c) => {
      const jkt = await auth.proveKey(c)
      return c.json(await accounts.login(c.req.valid('json'), jkt))
    },
  )
}

function chainRoutes(app: Hono<LoginEnv>, { accounts, auth, gate }: AccountRouteDeps): void {
  app.post(
    '/v1/sigchain',
    describe({
      summary: 'Append an Entry to the own Sigchain',
      auth: 'login',
      answer: done,
      problems: ['invalid_entry', 'head_moved'],
    }),
    noQuery,
    auth.requireLogin,
    jsonBody(appendRequest),
    async (c) => {
      await accounts.append(c.get('login'), c.req.valid('json').entry)
      return c.json({})
    },
  )
  app.post(
    '/v1/freshness',
    describe({
      summary: 'State which head of the own Sigchain this Device knows',
      auth: 'login',
      answer: done,
      problems: ['invalid_signature'],
    }),
    noQuery,
    auth.requireLogin,
    jsonBody(freshnessRequest),
    async (c) => {
      await accounts.stateFreshness(c.get('login'), c.req.valid('json').statement)
      return c.json({})
    },
  )
  app.get(
    '/v1/accounts/:accountId/sigchain',
    describe({
      summary: 'Read a Sigchain with its freshness statements',
      auth: 'admission',
      answer: chainAnswer,
    }),
    params(byAccount),
    query(chainQuery),
    async (c) => {
      const { accountId } = await gate.admit(c, c.req.valid('param').accountId)
      return c.json(await accounts.chainAfter(accountId, Number(c.req.valid('query').after ?? -1)))
    },
  )
}
