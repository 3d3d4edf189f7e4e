/** Who may import whom: the folder is the trust boundary, and this is what keeps it. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path/posix'
import { parseSync, Visitor } from 'vite'

export interface Violation {
  readonly rule: string
  readonly file: string
  readonly imports: string
}

export interface Checked {
  /** Files read: 0 means that the check did not look, not that all is well. */
  readonly modules: number
  readonly violations: readonly Violation[]
}

/** One import: a file of ours by its path from the root, or a package by its name. */
interface Import {
  readonly target: string
  readonly isOurs: boolean
  readonly isType: boolean
}

interface Rule {
  readonly name: string
  readonly appliesTo: (file: string) => boolean
  readonly allows: (imported: Import, file: string) => boolean
}

const FOLDERS = ['protocol', 'wire', 'web', 'api', 'e2e', 'examples', 'assurance', 'tools']

/** Parts of the API that are not domains: every domain may use any of their files. */
const API_GROUND = ['http', 'db', 'bus']

/** What the page must not carry: cryptography, storage and parsing belong to the engine's worker. */
const NOT_IN_THE_PAGE = /^(cborg|@noble\/|idb|zod|comlink|dpop|jose|eventsource-parser|node:)/

const SERVER_ONLY =
  /^(node:|hono|@hono\/|postgres|postgrator|ioredis|pino|@electric-sql\/|rate-limiter-flexible)/

/** A `testing.ts` is what the tests of its folder share. */
/** Tests, and what only they use: `testing.ts`, `testing.setup.ts`, `testing/` and `testX.ts`. */
const isTest = (file: string) =>
  /(\.test\.tsx?|\/testing(\.setup)?\.ts|\/testing\/.*|\/test[A-Z]\w*\.ts)$/.test(file)
const isProduct = (file: string) => /^(protocol|wire|web|api|examples)\//.test(file) && !isTest(file)
const isIn =
  (...folders: string[]) =>
  (file: string) =>
    folders.some((folder) => file.startsWith(`${folder}/`))
const isDoor = (target: string) => target === 'protocol/index.ts'
const isUi = (file: string) => file.startsWith('web/ui/') || file === 'web/main.tsx'
const isShell = (file: string) => file === 'web/trusted.ts'

export const rules: readonly Rule[] = [
  {
    name: 'protocol imports only protocol, cborg, @noble/post-quantum and #primitives',
    appliesTo: (file) => file.startsWith('protocol/') && !isTest(file),
    allows: ({ target, isOurs }, file) =>
      isOurs
        ? isIn('protocol')(target)
        : /^(cborg$|cborg\/|@noble\/post-quantum\/|#primitives$)/.test(target) ||
          (['protocol/primitives.node.ts', 'protocol/vectors/make.ts'].includes(file) &&
            target.startsWith('node:')),
  },
  {
    name: "protocol's tests import only protocol of ours",
    appliesTo: (file) => file.startsWith('protocol/') && isTest(file),
    allows: ({ target, isOurs }) => !isOurs || isIn('protocol')(target),
  },
  {
    name: 'wire imports only wire and zod/mini',
    appliesTo: (file) => file.startsWith('wire/') && !isTest(file),
    allows: ({ target, isOurs }) => (isOurs ? isIn('wire')(target) : target === 'zod/mini'),
  },
  {
    name: "engine imports only engine, wire and protocol's door",
    appliesTo: isIn('web/engine'),
    allows: ({ target, isOurs }) =>
      !isOurs || isIn('web/engine', 'wire')(target) || isDoor(target) || isShell(target),
  },
  {
    name: 'engine needs no page, no React and no server',
    appliesTo: (file) => file.startsWith('web/engine/') && !isTest(file),
    allows: ({ target, isOurs }) =>
      isOurs || !(/^(react|wouter|virtua)/.test(target) || SERVER_ONLY.test(target)),
  },
  {
    name: 'ui takes values from the door of the engine only',
    appliesTo: isUi,
    allows: ({ target, isOurs, isType }) =>
      !isOurs || isType || isUi(target) || isShell(target) || target === 'web/engine/door.ts',
  },
  {
    name: 'ui takes types from engine.ts, read.ts and the door only',
    appliesTo: isUi,
    allows: ({ target, isOurs, isType }) =>
      !isOurs ||
      !isType ||
      isUi(target) ||
      isShell(target) ||
      /^web\/engine\/(engine|read|door)\.ts$/.test(target),
  },
  {
    name: 'the page carries no cryptography, storage or parser',
    appliesTo: (file) => isUi(file) && !isTest(file),
    allows: ({ target, isOurs }) => isOurs || !NOT_IN_THE_PAGE.test(target),
  },
  {
    name: 'the service worker imports only itself and the engine',
    appliesTo: isIn('web/sw'),
    allows: ({ target, isOurs }) => !isOurs || isIn('web/sw', 'web/engine')(target) || isShell(target),
  },
  {
    name: 'trusted.ts imports nothing',
    appliesTo: isShell,
    allows: () => false,
  },
  {
    name: 'api imports only api, wire and protocol/verify.ts',
    appliesTo: (file) => file.startsWith('api/') && !isTest(file),
    allows: ({ target, isOurs }) => !isOurs || isIn('api', 'wire')(target) || target === 'protocol/verify.ts',
  },
  {
    name: "api's tests are a client: protocol's door, wire, and tools to start databases",
    appliesTo: (file) => file.startsWith('api/') && isTest(file),
    allows: ({ target, isOurs }) =>
      !isOurs || isIn('api', 'wire', 'tools')(target) || isDoor(target) || target === 'protocol/verify.ts',
  },
  {
    name: 'an api domain is entered through its index.ts',
    appliesTo: isIn('api'),
    allows: ({ target, isOurs }, file) =>
      !isOurs ||
      apiDomain(target) === null ||
      apiDomain(target) === apiDomain(file) ||
      target.split('/').slice(2).join('/') === 'index.ts',
  },
  {
    name: 'the example Platform is an outsider: it imports only itself',
    appliesTo: (file) => file.startsWith('examples/') && !isTest(file),
    allows: ({ target, isOurs }, file) => !isOurs || dirname(target) === dirname(file),
  },
  {
    name: 'e2e sees the product from outside: only e2e and tools; hostile also protocol and wire, look the screens',
    appliesTo: isIn('e2e'),
    allows: ({ target, isOurs }, file) =>
      !isOurs ||
      isIn('e2e', 'tools')(target) ||
      (isIn('e2e/hostile')(file) && (isDoor(target) || isIn('wire')(target))) ||
      (isIn('e2e/look')(file) && (isIn('web')(target) || target === 'vite.config.ts')),
  },
  {
    name: 'no product file imports what only tests use',
    appliesTo: isProduct,
    allows: ({ target, isOurs }) =>
      isOurs ? !isTest(target) : !/^(vitest|fast-check|@playwright\/)/.test(target),
  },
  {
    name: 'tools import no part of the product',
    appliesTo: isIn('tools'),
    allows: ({ target, isOurs }) => !isOurs || isIn('tools')(target),
  },
]

/** Reads every source under `root` and holds it against every rule. */
export function checkImports(root: string): Checked {
  const files = FOLDERS.flatMap((folder) => sources(root, folder))
  const violations = files.flatMap((file) => {
    const imports = importsOf(file, readFileSync(join(root, file), 'utf8'))
    return rules
      .filter((rule) => rule.appliesTo(file))
      .flatMap((rule) =>
        imports
          .filter((imported) => !rule.allows(imported, file))
          .map((imported) => ({ rule: rule.name, file, imports: imported.target })),
      )
  })
  return { modules: files.length, violations }
}

/**
 * All that a module names as imported: static, dynamic, re-exported, and types in `import('…')`.
 *
 * `import { type A }` counts as a value: under verbatimModuleSyntax it still loads the module.
 */
export function importsOf(file: string, source: string): Import[] {
  const { module, program, errors } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0]?.message}`)
  const found: Import[] = []
  const add = (specifier: string, isType: boolean) => found.push(resolve(file, specifier, isType))
  for (const { moduleRequest, start } of module.staticImports) {
    add(moduleRequest.value, /^import\s+type\b/.test(source.slice(start, start + 40)))
  }
  for (const { entries } of module.staticExports) {
    for (const entry of entries) if (entry.moduleRequest) add(entry.moduleRequest.value, entry.isType)
  }
  new Visitor({
    ImportExpression: ({ source: named }) => {
      add(named.type === 'Literal' ? String(named.value) : 'a computed name', false)
    },
    TSImportType: ({ source: named }) => {
      add(named.value, true)
    },
  }).visit(program)
  return found
}

function resolve(file: string, specifier: string, isType: boolean): Import {
  const isOurs = specifier.startsWith('.')
  const bare = specifier.replace(/\?.*$/, '')
  return { target: isOurs ? join(dirname(file), bare) : specifier, isOurs, isType }
}

function apiDomain(file: string): string | null {
  const [top, domain, ...rest] = file.split('/')
  return top === 'api' && domain !== undefined && rest.length > 0 && !API_GROUND.includes(domain)
    ? domain
    : null
}

function sources(root: string, folder: string): string[] {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .filter((file) => !file.includes('node_modules/'))
  } catch {
    return []
  }
}
