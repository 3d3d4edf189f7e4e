/** Which own ContactLink an Initiation came by. */
import { deriveLink, toBase64url, type LinkUse } from '../../protocol/index.ts'
import type { Core } from './core.ts'
import type { LinkRecord } from './store/records.ts'

/** Ended links count too: their Envelopes may still be on the way. */
export async function linkOf(core: Core, linkId: LinkUse['linkId'] | null): Promise<LinkRecord | null> {
  if (!linkId) return null
  const id = toBase64url(linkId[1])
  const kind = linkId[0] === 1 ? 'one_time' : 'long_lived'
  const links = await core.store.links.list()
  return links.find(({ value }) => value.linkId === id && value.kind === kind)?.value ?? null
}

export async function pskOf(link: LinkRecord): Promise<Uint8Array | null> {
  return (await deriveLink(link.secret, link.kind)).psk
}
