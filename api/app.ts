/** The API: one handler made of the domains, each given the few things it needs. */
import { Hono, type MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import { accountRoutes, createAccounts } from './accounts/index.ts'
import type { Bus } from './bus/bus.ts'
import type { Config } from './config.ts'
import { contactLinkRoutes, createContactLinks } from './contactLinks/index.ts'
import type { Sql } from './db/sql.ts'
import { createDelivery } from './delivery/index.ts'
import { createDevices, deviceRoutes } from './devices/index.ts'
import { createGate } from './http/admission.ts'
import { createAuth } from './http/auth.ts'
import { apiHeaders, pageHeaders, setHeaders } from './http/headers.ts'
import { healthRoutes } from './http/health.ts'
import { createLimits } from './http/limits.ts'
import { openapi } from './http/openapi.ts'
import { onError, problem } from './http/problem.ts'
import { reportRoutes } from './http/reports.ts'
import {
  DEFAULT_BODY_BYTES,
  ENVELOPES_BODY_BYTES,
  guardBody,
  noQuery,
  PREKEYS_BODY_BYTES,
} from './http/validate.ts'
import { webRoutes } from './http/web.ts'
import type { Log, Secret } from './log.ts'
import { createPlatforms, platformRoutes, type Platforms } from './platforms/index.ts'
import { createPrekeys, prekeyRoutes } from './prekeys/index.ts'

export interface AppDeps {
  readonly config: Pick<Config, 'holdMs' | 'limits' | 'trustProxy' | 'webDir'>
  readonly publicOrigin: string
  readonly loginSecret: Secret<string>
  readonly sql: Sql
  readonly bus: Bus
  readonly log: Log
  readonly now: () => number
}

export interface App {
  readonly fetch: Hono['fetch']
  readonly request: Hono['request']
  readonly platforms: Platforms
  /** Ends what runs by itself: Streams say `bye`. */
  close(): Promise<void>
}

export function createApp(deps: AppDeps): App {
  const { config, publicOrigin, log, now } = deps
  const domains = createDomains(deps)
  const app = new Hono()
  app.onError(onError(log))
  app.use(logRequests(log, now))
  for (const path of API_PATHS) app.use(path, setHeaders(apiHeaders(publicOrigin)))
  mount(app, deps, domains)
  app.get('/openapi.json', noQuery, openapi(app))
  refuseOtherMethods(app)
  for (const path of API_PATHS) app.all(path, notFound)
  app.route('/', webRoutes(config.webDir, pageHeaders(publicOrigin)))
  app.all('/*', setHeaders(apiHeaders(publicOrigin)), notFound)
  const close = async () => {
    await domains.delivery.close()
    await domains.devices.close()
  }
  return { fetch: app.fetch, request: app.request, platforms: domains.platforms, close }
}

type Domains = ReturnType<typeof createDomains>

function createDomains({ config, publicOrigin, loginSecret, sql, bus, log, now }: AppDeps) {
  const { trustProxy, holdMs } = config
  const limits = createLimits({ bus, limits: config.limits, secret: loginSecret, trustProxy, now })
  const platforms = createPlatforms({ sql, now })
  const devices = createDevices({ sql, bus, now })
  const contactLinks = createContactLinks({ sql, limits, platforms, secret: loginSecret, now })
  const prekeys = createPrekeys({ sql, devices, contactLinks, now })
  const auth = createAuth({ publicOrigin, bus, now, loginSecret, limits, isActive: devices.isActive })
  const accounts = createAccounts({ sql, bus, auth, platforms, devices, prekeys, publicOrigin, now })
  const gate = createGate({ devices, contactLinks, limits })
  const delivery = createDelivery({
    sql,
    bus,
    log,
    gate,
    requireLogin: auth.requireLogin,
    target: accounts.deliveryTarget,
    entriesAfter: accounts.entriesAfter,
    activeAmong: devices.activeAmong,
    headers: apiHeaders(publicOrigin),
    holdMs,
    now,
  })
  return { limits, platforms, devices, contactLinks, prekeys, auth, accounts, gate, delivery }
}

function mount(app: Hono, { sql, bus, log }: AppDeps, domains: Domains): void {
  const { limits, platforms, devices, contactLinks, prekeys, auth, accounts, gate, delivery } = domains
  app.route('/', healthRoutes({ sql, bus }))
  app.route('/', reportRoutes({ log, limits }))
  app.use('/v1/*', guardBody(maxBodyBytes))
  app.route('/', platformRoutes({ platforms, limits }))
  app.route('/', accountRoutes({ accounts, auth, gate, limits }))
  app.route('/', deviceRoutes({ devices, auth }))
  app.route('/', prekeyRoutes({ prekeys, accounts, auth, gate }))
  app.route('/', contactLinkRoutes({ contactLinks, accounts, auth }))
  app.route('/', delivery.routes)
}

const API_PATHS = ['/v1/*', '/healthz', '/readyz', '/openapi.json'] as const

function maxBodyBytes(path: string): number {
  if (path === '/v1/envelopes') return ENVELOPES_BODY_BYTES
  if (path === '/v1/prekeys') return PREKEYS_BODY_BYTES
  return DEFAULT_BODY_BYTES
}

/** 405 on every path that has a route: added last, so that it answers what no route took. */
function refuseOtherMethods(app: Hono): void {
  const methods = new Map<string, Set<string>>()
  for (const { path, method } of app.routes) {
    if (method === 'ALL') continue
    methods.set(path, (methods.get(path) ?? new Set()).add(method))
  }
  for (const [path, allowed] of methods) {
    app.all(path, () => {
      throw problem('method_not_allowed', { allow: [...allowed] })
    })
  }
}

function notFound(): never {
  throw problem('not_found')
}

/** Method, route pattern, status and time. Never the URL: its parts may name an Account or a ContactLink. */
function logRequests(log: Log, now: () => number): MiddlewareHandler {
  return async (c, next) => {
    const startedMs = now()
    await next()
    const route = matchedRoutes(c).findLast(({ path }) => !path.endsWith('*'))?.path ?? '*'
    log.info('request', { method: c.req.method, route, status: c.res.status, durationMs: now() - startedMs })
  }
}
