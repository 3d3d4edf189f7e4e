/** What anyone may know of the Platform that this host name belongs to. */
import * as z from 'zod/mini'

const httpUrl = z.string().check(z.maxLength(2048), z.regex(/^https?:\/\/[^\s]+$/))

/** GET /v1/platform, public, by host name. */
export const platformInfo = z.object({
  platformId: z.string().check(z.regex(/^pk_[a-z0-9_]{4,64}$/)),
  name: z.string().check(z.minLength(1), z.maxLength(80)),
  /** Where the app sends a Person for a Grant: `?jkt=&nonce=&audience=&return=`; comes back to `return` + `#grant=JWT&nonce=&name=`; `name` is optional and stays on the Device. */
  signInUrl: httpUrl,
  /** Where the app offers a new ContactLink: opened as `profileLinkUrl` + `#` + link; null when the Platform has no such page. */
  profileLinkUrl: z.nullable(httpUrl),
  retentionDays: z.int().check(z.gte(1), z.lte(90)),
})
export type PlatformInfo = z.infer<typeof platformInfo>
