/** Platforms: who may sign Grants, and what the app may know of them. */
import { createHmac, randomBytes } from 'node:crypto'
import type { PlatformInfo } from '../../wire/platforms.ts'
import type { Sql } from '../db/sql.ts'
import { createRemoteKeys } from './keys.ts'
import type { PlatformRecord, PublicJwk } from './record.ts'
import { pastedKey, platformByHost, platformById, upsertPlatform, type PlatformRow } from './sql.ts'

export { platformFile, type PlatformRecord, type PublicJwk } from './record.ts'
export { platformRoutes } from './routes.ts'

export interface Platforms {
  upsert(record: PlatformRecord): Promise<void>
  infoByHost(host: string): Promise<PlatformInfo | undefined>
  /** A pasted key wins over one of the JWKS URL. Undefined: no such Platform or no such key. */
  grantKey(platformId: string, kid: string): Promise<PublicJwk | undefined>
  /** HMAC under the Platform's salt: the only form in which a subject is kept. */
  subjectHash(platformId: string, subject: string): Promise<Buffer | undefined>
  /** Both Platforms' policies must allow it. */
  mayTalk(platformId: string, otherId: string): Promise<boolean>
}

export function createPlatforms({ sql, now }: { sql: Sql; now: () => number }): Platforms {
  const remote = createRemoteKeys(now)
  return {
    upsert: (record) => upsertPlatform(sql, record, randomBytes(32)),
    infoByHost: async (host) => {
      const row = await platformByHost(sql, host)
      return row === undefined ? undefined : infoOf(row)
    },
    grantKey: async (platformId, kid) => {
      const platform = await platformById(sql, platformId)
      if (platform === undefined) return undefined
      const pasted = await pastedKey(sql, platformId, kid)
      if (pasted !== undefined || platform.jwksUrl === null) return pasted
      return remote.find(platform.jwksUrl, kid)
    },
    subjectHash: async (platformId, subject) => {
      const platform = await platformById(sql, platformId)
      return platform && createHmac('sha256', platform.subjectSalt).update(subject).digest()
    },
    mayTalk: async (platformId, otherId) => {
      if (platformId === otherId) return true
      const [one, other] = await Promise.all([platformById(sql, platformId), platformById(sql, otherId)])
      return one?.crossPlatform === 'any' && other?.crossPlatform === 'any'
    },
  }
}

function infoOf({ platformId, name, signInUrl, profileLinkUrl, retentionDays }: PlatformRow): PlatformInfo {
  return { platformId, name, signInUrl, profileLinkUrl, retentionDays }
}
