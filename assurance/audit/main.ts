/** `npm run audit`: the built product against its own policy. The last line is JSON {checks, failed}. */
import { rm } from 'node:fs/promises'
import { buildUnlessFresh } from '../../tools/build.ts'
import { startProduct } from '../../tools/product.ts'
import { freePort, freshFolder } from '../../tools/server.ts'
import { auditAbuse } from './abuse.ts'
import { auditAccess } from './access.ts'
import { makePerson, makePlatform, random } from './client.ts'
import { auditHeaders } from './headers.ts'
import { auditInput } from './input.ts'
import { openLedger } from './ledger.ts'
import { type Cast, giveCapability, giveLink } from './routes.ts'

/** The audit asks more often than any person would. */
const WIDE = String(100_000_000)

await buildUnlessFresh()
const dataDir = await freshFolder('audit')
const [hostPort, messengerPort] = [await freePort(), await freePort()]
const target = { origin: `http://localhost:${messengerPort}`, loginSecret: random(32) }
const shop = await makePlatform('pk_audit_shop', target.origin, 'any')
const bank = await makePlatform('pk_audit_bank', target.origin, 'own')
const product = await startProduct({
  hostPort,
  messengerPort,
  dataDir,
  furtherPlatforms: [shop.record, bank.record],
  env: {
    LOGIN_SECRET: target.loginSecret,
    LIMIT_ADDRESS: WIDE,
    LIMIT_PLATFORM: WIDE,
    LIMIT_ACCOUNT: WIDE,
    LIMIT_DEVICE: WIDE,
    LIMIT_CAPABILITY: WIDE,
    LIMIT_LINK_STARTS_A_DAY: WIDE,
  },
})
const ledger = openLedger()
try {
  const cast = await makeCast()
  await auditHeaders(ledger, target.origin)
  await auditAccess(ledger, cast)
  await auditInput(ledger, cast)
  await auditAbuse(ledger, target.origin)
} finally {
  await product.stop()
  await rm(dataDir, { recursive: true, force: true })
}
for (const failure of ledger.failures) console.log(`FAILED ${failure}`)
console.log(JSON.stringify({ checks: ledger.checks, failed: ledger.failures.length }))
process.exitCode = ledger.failures.length === 0 ? 0 : 1

async function makeCast(): Promise<Cast> {
  const [alice, mallory, carol] = [
    await makePerson(target, shop),
    await makePerson(target, shop),
    await makePerson(target, bank),
  ]
  const capabilities = {
    alice: await giveCapability(alice),
    mallory: await giveCapability(mallory),
    carol: await giveCapability(carol),
  }
  return { target, alice, mallory, carol, capabilities, link: await giveLink(alice) }
}
