/** Whether the process lives, and whether it can do its work. */
import { Hono } from 'hono'
import * as z from 'zod/mini'
import type { Bus } from '../bus/bus.ts'
import type { Sql } from '../db/sql.ts'
import { describe } from './openapi.ts'
import { problem } from './problem.ts'
import { noQuery } from './validate.ts'

const healthy = z.object({ status: z.literal('ok') })

export function healthRoutes({ sql, bus }: { sql: Pick<Sql, 'isReady'>; bus: Pick<Bus, 'healthy'> }): Hono {
  const app = new Hono()
  app.get(
    '/healthz',
    describe({ summary: 'The process lives', auth: 'none', answer: healthy }),
    noQuery,
    (c) => c.json({ status: 'ok' }),
  )
  app.get(
    '/readyz',
    describe({ summary: 'Database and bus answer', auth: 'none', answer: healthy }),
    noQuery,
    async (c) => {
      if (!(await sql.isReady()) || !bus.healthy()) throw problem('unavailable', { retryAfterS: 1 })
      return c.json({ status: 'ok' })
    },
  )
  return app
}
