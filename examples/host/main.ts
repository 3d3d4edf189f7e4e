/** Runs the demo Platform: `PORT`, `DATA_DIR`, `PLATFORM_ID` and `MESSENGER_ORIGIN` say how. */
import { serve } from '@hono/node-server'
import { createHost } from './app.ts'
import { openGrantSigner } from './grants.ts'
import { openProfiles } from './people.ts'
import { openVisitors } from './visitors.ts'

const port = Number(process.env['PORT'] || 8080)
const dataDir = process.env['DATA_DIR'] || '.data/host'
const platformId = process.env['PLATFORM_ID'] || 'pk_ceramics'
const messengerOrigin = process.env['MESSENGER_ORIGIN'] || `http://localhost:${port + 1}`

const app = createHost({
  profiles: openProfiles(dataDir),
  visitors: openVisitors(dataDir),
  signer: await openGrantSigner(dataDir, platformId, messengerOrigin),
  messengerOrigin,
})
const server = serve({ fetch: app.fetch, port, hostname: process.env['HOST'] || '127.0.0.1' }, (address) => {
  console.log(JSON.stringify({ listening: `http://localhost:${address.port}` }))
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    server.close(() => process.exit(0))
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
}
