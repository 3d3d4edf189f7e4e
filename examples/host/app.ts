/** Routes of the demo Platform. Those under /plasma/ are what any Platform adds to have the messenger. */
import { serveStatic } from '@hono/node-server/serve-static'
import { type Context, Hono } from 'hono'
import { csrf } from 'hono/csrf'
import { type GrantSigner, parseGrantRequest, parseUrl, returnAddress } from './grants.ts'
import { addLinkPage, chooserPage, homePage, messagePage, profilePage, type View } from './pages.ts'
import { type Person, personById, type Profiles } from './people.ts'
import { chooseLanguage, text } from './text.ts'
import type { Visitors } from './visitors.ts'

export interface HostDeps {
  readonly profiles: Profiles
  readonly signer: GrantSigner
  readonly visitors: Visitors
  readonly messengerOrigin: string
}

/** Longer than any ContactLink. */
const MAX_LINK_LENGTH = 512

export function createHost(deps: HostDeps): Hono {
  const app = new Hono()
  app.use(securityHeaders(deps.messengerOrigin))
  app.use(csrf())
  app.get('/healthz', (context) => context.text('ok'))
  addShop(app, deps)
  addProfiles(app, deps)
  addPlasma(app, deps)
  app.use(serveStatic({ root: `${import.meta.dirname}/public` }))
  app.notFound((context) => {
    const view = viewOf(context, deps)
    return context.html(messagePage(view, text[view.language].notFound), 404)
  })
  return app
}

function addShop(app: Hono, deps: HostDeps): void {
  app.get('/', (context) => context.html(homePage(viewOf(context, deps))))
  app.get('/sign-in', (context) => {
    const next = localPath(context.req.query('next'))
    return context.html(chooserPage(viewOf(context, deps), next, false))
  })
  app.post('/sign-in', async (context) => {
    const form = await formOf(context)
    const person = personById(form('person'))
    if (person === undefined) return context.notFound()
    deps.visitors.signIn(context, person)
    return context.redirect(localPath(form('next')), 303)
  })
  app.post('/sign-out', (context) => {
    deps.visitors.signOut(context)
    return context.redirect('/', 303)
  })
}

function addProfiles(app: Hono, deps: HostDeps): void {
  app.get('/people/:id', (context) => {
    const person = personById(context.req.param('id'))
    if (person === undefined) return context.notFound()
    const profile = deps.profiles.of(person.id)
    return context.html(profilePage(viewOf(context, deps), person, profile, deps.messengerOrigin))
  })
  app.post('/people/:id/link', async (context) => {
    const person = ownerOf(context, deps)
    if (person === undefined) return context.notFound()
    const link = (await formOf(context))('link').trim()
    const view = viewOf(context, deps)
    if (link !== '' && !isContactLink(link, deps.messengerOrigin)) {
      return context.html(messagePage(view, text[view.language].linkRefused), 400)
    }
    deps.profiles.setLink(person.id, link === '' ? null : link)
    return context.redirect(`/people/${person.id}`, 303)
  })
  app.post('/people/:id/paid', async (context) => {
    const person = ownerOf(context, deps)
    if (person === undefined) return context.notFound()
    deps.profiles.setPaid(person.id, (await formOf(context))('paid') === 'yes')
    return context.redirect(`/people/${person.id}`, 303)
  })
}

function addPlasma(app: Hono, deps: HostDeps): void {
  const { signer, visitors, messengerOrigin, profiles } = deps
  app.get('/plasma/jwks.json', (context) => context.json(signer.publicKeys))
  app.get('/plasma/sign-in', async (context) => {
    const view = viewOf(context, deps)
    const url = new URL(context.req.url)
    const request = parseGrantRequest(url.searchParams, messengerOrigin)
    if (request === null) return context.html(messagePage(view, text[view.language].badRequest), 400)
    const person = visitors.current(context)
    if (person === undefined) return context.html(chooserPage(view, url.pathname + url.search, true))
    const grant = await signer.sign(request, person.id, profiles.of(person.id), view.language)
    return context.redirect(returnAddress(request, grant, person.name[view.language]))
  })
  app.get('/plasma/link', (context) => {
    const view = viewOf(context, deps)
    return context.html(
      view.visitor === undefined
        ? chooserPage(view, '/plasma/link', true, '/link.js')
        : addLinkPage(view, view.visitor),
    )
  })
}

/** Nothing inline, nothing from elsewhere; a form may end at the messenger, where signing in leads. */
function securityHeaders(messengerOrigin: string) {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    `form-action 'self' ${messengerOrigin}`,
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')
  return async (context: Context, next: () => Promise<void>) => {
    context.header('Content-Security-Policy', policy)
    context.header('X-Content-Type-Options', 'nosniff')
    context.header('Referrer-Policy', 'same-origin')
    context.header('Cache-Control', 'no-store')
    context.header('Vary', 'Accept-Language, Cookie')
    await next()
  }
}

function viewOf(context: Context, deps: HostDeps): View {
  return {
    language: chooseLanguage(context.req.header('Accept-Language')),
    visitor: deps.visitors.current(context),
  }
}

/** The person of the address, when it is the visitor: nobody changes another's profile. */
function ownerOf(context: Context, deps: HostDeps): Person | undefined {
  const visitor = deps.visitors.current(context)
  return visitor?.id === context.req.param('id') ? visitor : undefined
}

async function formOf(context: Context): Promise<(name: string) => string> {
  const body = await context.req.parseBody()
  return (name) => (typeof body[name] === 'string' ? body[name] : '')
}

/** A path of ours, never another site. */
function localPath(text: string | undefined): string {
  return text !== undefined && /^\/(?![/\\])/.test(text) ? text : '/'
}

/** Only the messenger's own links are shown: a profile must not send people anywhere else. */
function isContactLink(text: string, messengerOrigin: string): boolean {
  const url = parseUrl(text)
  return (
    url !== null && url.origin === messengerOrigin && url.hash.length > 1 && text.length <= MAX_LINK_LENGTH
  )
}
