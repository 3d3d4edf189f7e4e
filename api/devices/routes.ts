import { Hono } from 'hono'
import * as z from 'zod/mini'
import { capabilityBatch, capabilityInventory } from '../../wire/devices.ts'
import type { Auth, LoginEnv } from '../http/auth.ts'
import { describe } from '../http/openapi.ts'
import { jsonBody, noQuery } from '../http/validate.ts'
import type { Devices } from './index.ts'

const done = z.object({})

export function deviceRoutes({ devices, auth }: { devices: Devices; auth: Auth }): Hono<LoginEnv> {
  const app = new Hono<LoginEnv>()
  app.get(
    '/v1/capabilities',
    describe({ summary: "Tags of this Device's Capabilities", auth: 'login', answer: capabilityInventory }),
    noQuery,
    auth.requireLogin,
    async (c) => c.json({ tags: await devices.capabilityTags(c.get('login').deviceId) }),
  )
  app.post(
    '/v1/capabilities',
    describe({ summary: 'Register Capabilities and revoke others by tag', auth: 'login', answer: done }),
    noQuery,
    auth.requireLogin,
    jsonBody(capabilityBatch),
    async (c) => {
      await devices.changeCapabilities(c.get('login'), c.req.valid('json'))
      return c.json({})
    },
  )
  return app
}
