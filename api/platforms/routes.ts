import { Hono } from 'hono'
import { platformInfo } from '../../wire/platforms.ts'
import type { Limits } from '../http/limits.ts'
import { describe } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { noQuery } from '../http/validate.ts'
import type { Platforms } from './index.ts'

export function platformRoutes({ platforms, limits }: { platforms: Platforms; limits: Limits }): Hono {
  const app = new Hono()
  app.get(
    '/v1/platform',
    describe({
      summary: 'The Platform that this host name belongs to',
      auth: 'none',
      answer: platformInfo,
      problems: ['not_found'],
    }),
    noQuery,
    limits.byAddress,
    async (c) => {
      const info = await platforms.infoByHost(new URL(c.req.url).hostname)
      if (info === undefined) throw problem('not_found')
      return c.json(info)
    },
  )
  return app
}
