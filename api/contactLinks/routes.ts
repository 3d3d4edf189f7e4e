import { Hono } from 'hono'
import * as z from 'zod/mini'
import { linkChange, linkList, linkMake, linkResolve, linkResolved } from '../../wire/contactLinks.ts'
import { endTickets } from '../../wire/devices.ts'
import { linkLookup } from '../../wire/ids.ts'
import type { Accounts } from '../accounts/index.ts'
import type { Auth, LoginEnv } from '../http/auth.ts'
import { describe } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { jsonBody, noQuery, params } from '../http/validate.ts'
import type { ContactLinks } from './index.ts'

const done = z.object({})
const byLookup = z.object({ lookup: linkLookup })

export interface ContactLinkRouteDeps {
  readonly contactLinks: ContactLinks
  readonly accounts: Pick<Accounts, 'mayStart'>
  readonly auth: Auth
}

export function contactLinkRoutes({ contactLinks, accounts, auth }: ContactLinkRouteDeps): Hono<LoginEnv> {
  const app = new Hono<LoginEnv>()
  app.get(
    '/v1/contact-links',
    describe({ summary: 'ContactLinks of this Account', auth: 'login', answer: linkList }),
    noQuery,
    auth.requireLogin,
    async (c) => c.json({ links: await contactLinks.list(c.get('login')) }),
  )
  app.post(
    '/v1/contact-links',
    describe({ summary: 'Make a ContactLink', auth: 'login', answer: done }),
    noQuery,
    auth.requireLogin,
    jsonBody(linkMake),
    async (c) => {
      await contactLinks.make(c.get('login'), c.req.valid('json'))
      return c.json({})
    },
  )
  app.post(
    '/v1/contact-links/resolve',
    describe({
      summary: 'Open a ContactLink: draws a Ticket for a first contact',
      auth: 'login',
      answer: linkResolved,
      problems: ['entitlement_required', 'link_gone'],
    }),
    noQuery,
    auth.requireLogin,
    jsonBody(linkResolve),
    async (c) => {
      const login = c.get('login')
      if (!(await accounts.mayStart(login.accountId))) throw problem('entitlement_required')
      const { lookup, auth: proof } = c.req.valid('json')
      return c.json(await contactLinks.resolve(login, lookup, proof))
    },
  )
  app.patch(
    '/v1/contact-links/:lookup',
    describe({
      summary: 'Pause, resume, rotate or rewrite a ContactLink',
      auth: 'login',
      answer: done,
      problems: ['not_found', 'link_gone'],
    }),
    noQuery,
    auth.requireLogin,
    params(byLookup),
    jsonBody(linkChange),
    async (c) => {
      await contactLinks.change(c.get('login'), c.req.valid('param').lookup, c.req.valid('json'))
      return c.json({})
    },
  )
  app.post(
    '/v1/tickets/end',
    describe({ summary: 'End Tickets by their tags', auth: 'login', answer: done }),
    noQuery,
    auth.requireLogin,
    jsonBody(endTickets),
    async (c) => {
      await contactLinks.endTickets(c.get('login'), c.req.valid('json').tags)
      return c.json({})
    },
  )
  return app
}
