/** What the process is told by its environment: read once, checked, never changed. */
import { readFileSync } from 'node:fs'
import * as z from 'zod/mini'
import { Secret } from './log.ts'
import { platformFile, type PlatformRecord } from './platforms/index.ts'

/** Requests a minute each, unless the name says otherwise. */
export interface LimitConfig {
  /** Before authentication. One address may stand for a whole company's network. */
  readonly address: number
  readonly platform: number
  readonly account: number
  readonly device: number
  readonly capability: number
  /** First contacts one Account may start by one ContactLink, a day. */
  readonly linkStartsADay: number
}

export interface Config {
  readonly host: string
  readonly port: number
  /** Null: made from the address that the process listens on. */
  readonly publicOrigin: string | null
  /** Null: the embedded database in `dataDir`. */
  readonly databaseUrl: Secret<string> | null
  /** Null: bus and limits inside the process. */
  readonly redisUrl: Secret<string> | null
  readonly dataDir: string
  readonly holdMs: number
  /** Null: made once and kept in `dataDir`. */
  readonly loginSecret: Secret<string> | null
  readonly webDir: string
  readonly platforms: readonly PlatformRecord[]
  /** Believe the last address of X-Forwarded-For. */
  readonly trustProxy: boolean
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly limits: LimitConfig
}

export const DEFAULT_LIMITS: LimitConfig = {
  address: 1200,
  platform: 60_000,
  account: 1200,
  device: 600,
  capability: 600,
  linkStartsADay: 5,
}

const count = z.string().check(z.regex(/^\d{1,9}$/))
const environment = z.object({
  HOST: z._default(z.string(), '127.0.0.1'),
  PORT: z._default(count, '8081'),
  PUBLIC_ORIGIN: z.optional(z.string().check(z.regex(/^https?:\/\/[^/?#\s]+$/))),
  DATABASE_URL: z.optional(z.string().check(z.regex(/^postgres(?:ql)?:\/\//))),
  REDIS_URL: z.optional(z.string().check(z.regex(/^rediss?:\/\//))),
  DATA_DIR: z._default(z.string(), '.data'),
  HOLD_MS: z._default(count, '2000'),
  LOGIN_SECRET: z.optional(z.string().check(z.minLength(32))),
  WEB_DIR: z._default(z.string(), 'dist/web'),
  PLATFORM_FILE: z.optional(z.string()),
  TRUST_PROXY: z._default(z.enum(['0', '1', 'false', 'true']), '0'),
  LOG_LEVEL: z._default(z.enum(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
  LIMIT_ADDRESS: z.optional(count),
  LIMIT_PLATFORM: z.optional(count),
  LIMIT_ACCOUNT: z.optional(count),
  LIMIT_DEVICE: z.optional(count),
  LIMIT_CAPABILITY: z.optional(count),
  LIMIT_LINK_STARTS_A_DAY: z.optional(count),
})
type Environment = z.infer<typeof environment>

/**
 * @throws Error that names the variables that do not fit, never their values. A database that others reach needs a
 *   LOGIN_SECRET of its own: instances must agree on it.
 */
export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  const parsed = environment.safeParse(withoutEmpty(variables))
  if (!parsed.success) {
    throw new Error(`configuration: ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')}`)
  }
  const env = parsed.data
  if (env.DATABASE_URL !== undefined && env.LOGIN_SECRET === undefined) {
    throw new Error('configuration: LOGIN_SECRET is needed together with DATABASE_URL')
  }
  return {
    host: env.HOST,
    port: Number(env.PORT),
    publicOrigin: env.PUBLIC_ORIGIN ?? null,
    databaseUrl: secretOrNull(env.DATABASE_URL),
    redisUrl: secretOrNull(env.REDIS_URL),
    dataDir: env.DATA_DIR,
    holdMs: Number(env.HOLD_MS),
    loginSecret: secretOrNull(env.LOGIN_SECRET),
    webDir: env.WEB_DIR,
    platforms: env.PLATFORM_FILE === undefined ? [] : readPlatforms(env.PLATFORM_FILE),
    trustProxy: env.TRUST_PROXY === '1' || env.TRUST_PROXY === 'true',
    logLevel: env.LOG_LEVEL,
    limits: readLimits(env),
  }
}

/** An empty variable means one that is not set, as in a compose file with a blank default. */
function withoutEmpty(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const set: Record<string, string> = {}
  for (const [name, value] of Object.entries(variables))
    if (value !== undefined && value !== '') set[name] = value
  return set
}

function readLimits(env: Environment): LimitConfig {
  const orDefault = (value: string | undefined, otherwise: number) =>
    value === undefined ? otherwise : Number(value)
  return {
    address: orDefault(env.LIMIT_ADDRESS, DEFAULT_LIMITS.address),
    platform: orDefault(env.LIMIT_PLATFORM, DEFAULT_LIMITS.platform),
    account: orDefault(env.LIMIT_ACCOUNT, DEFAULT_LIMITS.account),
    device: orDefault(env.LIMIT_DEVICE, DEFAULT_LIMITS.device),
    capability: orDefault(env.LIMIT_CAPABILITY, DEFAULT_LIMITS.capability),
    linkStartsADay: orDefault(env.LIMIT_LINK_STARTS_A_DAY, DEFAULT_LIMITS.linkStartsADay),
  }
}

function readPlatforms(path: string): readonly PlatformRecord[] {
  const parsed = platformFile.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (parsed.success) return parsed.data
  throw new Error(`PLATFORM_FILE: ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')}`)
}

function secretOrNull(value: string | undefined): Secret<string> | null {
  return value === undefined ? null : new Secret(value)
}
