import { Hono } from 'hono'
import * as z from 'zod/mini'
import { accountId } from '../../wire/ids.ts'
import { bundleAnswer, bundleRequest, prekeyInventory, prekeyUpload } from '../../wire/prekeys.ts'
import type { Accounts } from '../accounts/index.ts'
import type { Gate } from '../http/admission.ts'
import type { Auth, LoginEnv } from '../http/auth.ts'
import { describe } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { jsonBody, noQuery, params } from '../http/validate.ts'
import type { Prekeys } from './index.ts'

const done = z.object({})
const byAccount = z.object({ accountId })

export interface PrekeyRouteDeps {
  readonly prekeys: Prekeys
  readonly accounts: Pick<Accounts, 'deliveryTarget'>
  readonly auth: Auth
  readonly gate: Gate
}

export function prekeyRoutes({ prekeys, accounts, auth, gate }: PrekeyRouteDeps): Hono<LoginEnv> {
  const app = new Hono<LoginEnv>()
  app.get(
    '/v1/prekeys',
    describe({ summary: "Ids of this Device's prekeys", auth: 'login', answer: prekeyInventory }),
    noQuery,
    auth.requireLogin,
    async (c) => c.json(await prekeys.inventory(c.get('login'))),
  )
  app.post(
    '/v1/prekeys',
    describe({
      summary: 'Upload and purge prekeys of this Device',
      auth: 'login',
      answer: done,
      problems: ['invalid_signature'],
    }),
    noQuery,
    auth.requireLogin,
    jsonBody(prekeyUpload),
    async (c) => {
      await prekeys.upload(c.get('login'), c.req.valid('json'))
      return c.json({})
    },
  )
  app.post(
    '/v1/accounts/:accountId/bundles',
    describe({
      summary: 'Take PreKeyBundles of Devices of an Account',
      auth: 'admission',
      answer: bundleAnswer,
      problems: ['account_gone'],
    }),
    noQuery,
    params(byAccount),
    jsonBody(bundleRequest),
    async (c) => {
      const admission = await gate.admit(c, c.req.valid('param').accountId)
      const target = await accounts.deliveryTarget(admission.accountId)
      if (target === undefined) throw problem('account_gone')
      const taken = await prekeys.bundles(admission, c.req.valid('json').devices)
      return c.json({ ...taken, retentionDays: target.retentionDays })
    },
  )
  return app
}
