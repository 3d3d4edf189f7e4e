/** Wrong bodies made from right ones: each route answers with a Problem of the 400s, or takes what still fits. Never a 500. */
import { request } from './client.ts'
import type { Ledger } from './ledger.ts'
import { type Cast, type RouteCase, routeCases } from './routes.ts'

const WRONG_VALUES: readonly (readonly [name: string, value: unknown])[] = [
  ['null', null],
  ['a negative number', -1],
  ['a fraction', 0.5],
  ['a huge number', 1e308],
  ['true', true],
  ['an empty string', ''],
  ['a long string', 'A'.repeat(20_000)],
  ['a string of NUL', '\u0000'],
  ['a lone surrogate', '\ud800'],
  ['a path', '../../etc/passwd'],
  ['SQL', "' or 1=1; drop table account; --"],
  ['an empty list', []],
  ['a list of lists', [[[]]]],
  ['an empty object', {}],
  ['an object with a prototype', JSON.parse('{"__proto__": {"x": 1}}')],
]

export async function auditInput(ledger: Ledger, cast: Cast): Promise<void> {
  for (const [name, routeCase] of Object.entries(routeCases)) {
    if (routeCase.body === undefined) continue
    for (const [wrong, body] of wrongBodies(routeCase.body(cast))) {
      const answer = await ask(cast, name, routeCase, body)
      const isProblem = answer.status < 300 || (answer.status < 500 && answer.code !== null)
      ledger.check(`${name} with ${wrong}`, isProblem, answer)
    }
  }
}

function wrongBodies(right: Record<string, unknown>): (readonly [string, unknown])[] {
  const whole = WRONG_VALUES.map(([name, value]) => [`${name} as body`, value] as const)
  const fields = Object.keys(right).flatMap((field) => [
    [`no ${field}`, Object.fromEntries(Object.entries(right).filter(([name]) => name !== field))] as const,
    ...WRONG_VALUES.map(([name, value]) => [`${name} as ${field}`, { ...right, [field]: value }] as const),
  ])
  return [...whole, ...fields, ['an unknown field', { ...right, unknown: 1 }]]
}

async function ask(cast: Cast, name: string, routeCase: RouteCase, body: unknown) {
  const [method = '', pattern = ''] = name.split(' ')
  const path = routeCase.path?.(cast) ?? pattern
  const { alice, capabilities, target } = cast
  switch (routeCase.auth) {
    case 'login':
      return alice.call(method, path, body)
    case 'admission':
      return request(target, method, path, { headers: { 'Plasma-Capability': capabilities.alice }, body })
    case 'proof':
      return request(target, method, path, { headers: { DPoP: await alice.proof(method, path) }, body })
    case 'none':
      return request(target, method, path, { body })
  }
}
