/** A Platform as the operator writes it down. */
import * as z from 'zod/mini'
import { platformInfo } from '../../wire/platforms.ts'

/** A public key only: a record with a private one is refused. */
export const publicJwk = z.union([
  z.object({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    kid: z.string().check(z.minLength(1), z.maxLength(128)),
    x: z.string(),
    d: z.optional(z.never()),
  }),
  z.object({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    kid: z.string().check(z.minLength(1), z.maxLength(128)),
    x: z.string(),
    y: z.string(),
    d: z.optional(z.never()),
  }),
])
export type PublicJwk = z.infer<typeof publicJwk>

export const platformRecord = z.object({
  ...platformInfo.shape,
  hosts: z._default(z.array(z.string().check(z.minLength(1), z.maxLength(253))), []),
  keys: z._default(z.array(publicJwk).check(z.maxLength(8)), []),
  jwksUrl: z.optional(z.string().check(z.refine(isSafeKeyUrl))),
  crossPlatform: z._default(z.enum(['any', 'own']), 'any'),
})
export type PlatformRecord = z.infer<typeof platformRecord>

/** PLATFORM_FILE: one Platform or a list of them. */
export const platformFile = z.union([
  z.array(platformRecord),
  z.pipe(
    platformRecord,
    z.transform((record) => [record]),
  ),
])

/** Keys over plain HTTP could be swapped on the way; on this machine there is no way. */
function isSafeKeyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname))
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
