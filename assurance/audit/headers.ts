/** Headers of everything served, and the browser policy as csp_evaluator judges it. */
import { CspEvaluator } from 'csp_evaluator/dist/evaluator.js'
import { Severity, Type } from 'csp_evaluator/dist/finding.js'
import { CspParser } from 'csp_evaluator/dist/parser.js'
import type { Ledger } from './ledger.ts'

/** On every answer. */
const EVERYWHERE: Readonly<Record<string, RegExp>> = {
  'x-content-type-options': /^nosniff$/,
  'referrer-policy': /^no-referrer$/,
  'cross-origin-resource-policy': /^same-origin$/,
}
const ON_PAGES: Readonly<Record<string, RegExp>> = {
  'cross-origin-opener-policy': /^same-origin$/,
  'permissions-policy': /camera=\(self\)/,
}
const FORBIDDEN = ['set-cookie', 'x-powered-by', 'server', 'access-control-allow-origin']
const REQUIRED_DIRECTIVES = [
  "default-src 'none'",
  "script-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types plasma',
]

export async function auditHeaders(ledger: Ledger, origin: string): Promise<void> {
  const page = await (await fetch(origin)).text()
  const assets = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => path)
  ledger.check(
    'the page names its scripts and styles',
    assets.some((path) => path.endsWith('.js')),
    assets,
  )
  ledger.check(
    'no inline script, style or handler in the page',
    !/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/.test(page),
  )
  for (const path of ['/', '/index.html', '/c', '/sw.js', ...assets]) await auditPage(ledger, origin, path)
  for (const path of ['/v1/platform', '/v1/nothing', '/v1/stream', '/healthz', '/readyz', '/openapi.json']) {
    await auditApi(ledger, origin, path)
  }
}

async function auditPage(ledger: Ledger, origin: string, path: string): Promise<void> {
  const { headers } = await answerOf(origin, path)
  auditCommon(ledger, path, headers)
  for (const [name, expected] of Object.entries(ON_PAGES)) {
    ledger.check(`${path} has ${name}`, expected.test(headers.get(name) ?? ''), headers.get(name))
  }
  auditPolicy(ledger, path, headers.get('content-security-policy') ?? '')
}

/** No answer of the API may be kept, or run: that is what makes `script-src 'self'` safe. */
async function auditApi(ledger: Ledger, origin: string, path: string): Promise<void> {
  const { headers } = await answerOf(origin, path)
  auditCommon(ledger, path, headers)
  ledger.check(
    `${path} is not stored`,
    (headers.get('cache-control') ?? '').includes('no-store'),
    headers.get('cache-control'),
  )
  const type = headers.get('content-type') ?? ''
  ledger.check(
    `${path} cannot be a script`,
    /^application\/(problem\+)?json|^text\/event-stream/.test(type),
    type,
  )
  const policy = headers.get('content-security-policy') ?? ''
  ledger.check(`${path} as a page could do nothing`, policy.includes("default-src 'none'"), policy)
}

function auditCommon(ledger: Ledger, path: string, headers: Headers): void {
  for (const [name, expected] of Object.entries(EVERYWHERE)) {
    ledger.check(`${path} has ${name}`, expected.test(headers.get(name) ?? ''), headers.get(name))
  }
  for (const name of FORBIDDEN)
    ledger.check(`${path} has no ${name}`, headers.get(name) === null, headers.get(name))
}

function auditPolicy(ledger: Ledger, path: string, policy: string): void {
  for (const directive of REQUIRED_DIRECTIVES) {
    ledger.check(`${path} policy: ${directive}`, policy.split('; ').includes(directive), policy)
  }
  ledger.check(`${path} policy allows nothing unsafe`, !/unsafe|\*|https?:/.test(policy), policy)
  const findings = new CspEvaluator(new CspParser(policy).csp)
    .evaluate()
    .filter(({ severity, type, value }) => severity < Severity.INFO && !isSelfOnly(type, value))
  ledger.check(`${path} policy: csp_evaluator finds nothing above low`, findings.length === 0, findings)
}

/** “'self' can be problematic if you host JSONP or uploaded files”: `auditApi` shows that this origin serves no such thing. */
function isSelfOnly(type: Type, value: string | undefined): boolean {
  return type === Type.SCRIPT_ALLOWLIST_BYPASS && value === "'self'"
}

async function answerOf(origin: string, path: string): Promise<Response> {
  const answer = await fetch(origin + path, { redirect: 'manual' })
  await answer.arrayBuffer()
  return answer
}
