import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkImports, importsOf, rules } from './importRules.ts'

const root = join(import.meta.dirname, '..')
/** A copy of the sources, with every violation planted in it. */
let copy = ''
let found: readonly string[] = []

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'plasma-rules-'))
  for (const folder of ['protocol', 'wire', 'web', 'api', 'e2e', 'examples', 'tools']) {
    cpSync(join(root, folder), join(copy, folder), { recursive: true })
  }
  for (const [, file, source] of planted) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    writeFileSync(join(copy, file), source)
  }
  found = checkImports(copy).violations.map((violation) => `${violation.file}: ${violation.rule}`)
}, 60_000)
afterAll(() => rmSync(copy, { recursive: true, force: true }))

/** For each rule one import that breaks it, and it alone. */
const planted: readonly (readonly [rule: string, file: string, source: string])[] = [
  [
    'protocol imports only protocol, cborg, @noble/post-quantum and #primitives',
    'protocol/planted.ts',
    "import { deviceId } from '../wire/ids.ts'",
  ],
  ["protocol's tests import only protocol of ours", 'protocol/planted.test.ts', "import '../wire/ids.ts'"],
  [
    'wire imports only wire and zod/mini',
    'wire/planted.ts',
    "import type { Chain } from '../protocol/index.ts'",
  ],
  [
    "engine imports only engine, wire and protocol's door",
    'web/engine/planted.ts',
    "import { seal } from '../../protocol/seal.ts'",
  ],
  [
    'engine needs no page, no React and no server',
    'web/engine/planted1.ts',
    "import { useState } from 'react'",
  ],
  [
    'ui takes values from the door of the engine only',
    'web/ui/planted.tsx',
    "import { createEngine } from '../engine/engine.ts'",
  ],
  [
    'ui takes types from engine.ts, read.ts and the door only',
    'web/ui/planted.ts',
    "import type { ChainHead } from '../../protocol/index.ts'",
  ],
  [
    'the page carries no cryptography, storage or parser',
    'web/ui/planted1.ts',
    "import { encode } from 'cborg'",
  ],
  [
    'the service worker imports only itself and the engine',
    'web/sw/planted.ts',
    "import { App } from '../ui/App.tsx'",
  ],
  ['trusted.ts imports nothing', 'web/trusted.ts', "export * from './engine/door.ts'"],
  [
    'api imports only api, wire and protocol/verify.ts',
    'api/planted.ts',
    "const protocol = await import('../protocol/index.ts')",
  ],
  [
    "api's tests are a client: protocol's door, wire, and tools to start databases",
    'api/planted.test.ts',
    "import { flip } from '../e2e/hostile/canaries.ts'",
  ],
  [
    'an api domain is entered through its index.ts',
    'api/delivery/planted.ts',
    "import { sql } from '../accounts/sql.ts'",
  ],
  [
    'the example Platform is an outsider: it imports only itself',
    'examples/host/planted.ts',
    "import { grantClaims } from '../../wire/grants.ts'",
  ],
  [
    'e2e sees the product from outside: only e2e and tools; hostile also protocol and wire, look the screens',
    'e2e/planted.ts',
    "import { createEngine } from '../web/engine/engine.ts'",
  ],
  [
    'no product file imports what only tests use',
    'api/planted1.ts',
    "import { startApi } from './testing.ts'",
  ],
  ['tools import no part of the product', 'tools/planted.ts', "import { config } from '../api/config.ts'"],
]

describe('import rules', () => {
  test('the tree keeps them, and its modules are really read', () => {
    const { modules, violations } = checkImports(root)
    expect(violations).toEqual([])
    expect(modules).toBeGreaterThan(30)
  })

  test.for(planted)('can fail: %s', ([rule, file]) => {
    expect(found).toContain(`${file}: ${rule}`)
  })

  test('blame nothing but what was planted', () => {
    const files = planted.map(([, file]) => file)
    expect(found.filter((violation) => !files.includes(violation.split(': ')[0] ?? ''))).toEqual([])
  })

  test('each has a planted violation', () => {
    expect(planted.map(([rule]) => rule).sort()).toEqual(rules.map((rule) => rule.name).sort())
  })
})

describe('reading imports', () => {
  test.for([
    ["import './x.ts'", false],
    ["import x from './x.ts?worker&url'", false],
    ["import { type X } from './x.ts'", false],
    ["import type { X } from './x.ts'", true],
    ["export * from './x.ts'", false],
    ["export { x } from './x.ts'", false],
    ["export type { X } from './x.ts'", true],
    ["const x = await import('./x.ts')", false],
    ["let x: import('./x.ts').X", true],
  ] as const)('%s names x.ts', ([source, isType]) => {
    expect(importsOf('web/a.ts', source)).toEqual([{ target: 'web/x.ts', isOurs: true, isType }])
  })

  test('a computed import is seen, so that no rule can be walked around', () => {
    expect(importsOf('web/a.ts', 'await import(name)')).toMatchObject([{ target: 'a computed name' }])
  })

  test('a file that does not parse is an error, not an empty list', () => {
    expect(() => importsOf('web/a.ts', 'import {')).toThrow('does not parse')
  })
})
