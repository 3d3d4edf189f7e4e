/** `npm start`: builds unless built, then runs the demo Platform and the messenger until told to stop. */
import { resolve } from 'node:path'
import { buildUnlessFresh } from './build.ts'
import { startProduct } from './product.ts'

const hostPort = Number(process.env['PORT'] ?? '') || 8080
const messengerPort = Number(process.env['MESSENGER_PORT'] ?? '') || hostPort + 1
const dataDir = resolve(process.env['DATA_DIR'] || '.data')

const startedMs = Date.now()
if (await buildUnlessFresh()) console.log(`built in ${seconds(startedMs)} s`)
const product = await startProduct({
  hostPort,
  messengerPort,
  dataDir,
  databaseUrl: process.env['DATABASE_URL'] || undefined,
  redisUrl: process.env['REDIS_URL'] || undefined,
})

let isStopping = false
const stop = () => {
  if (isStopping) return
  isStopping = true
  void product.stop()
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)

console.log(`
  Ready in ${seconds(startedMs)} s. Open the demo Platform, in two browsers or one and a private window:

    ${product.hostUrl}

  Choose a person in each, put a contact link on a profile, and write.
  The messenger itself is at ${product.messengerUrl}. Data and logs are in ${dataDir}.
`)

await Promise.race([product.process('host').ended, product.process('messenger').ended])
if (!isStopping) {
  console.error(`a process ended by itself; see ${product.logFiles.messenger} and ${product.logFiles.host}`)
  process.exitCode = 1
}
await product.stop()

function seconds(sinceMs: number): string {
  return ((Date.now() - sinceMs) / 1000).toFixed(1)
}
