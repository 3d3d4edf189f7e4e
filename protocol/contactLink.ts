/**
 * ContactLinks: a secret and an accountId in the fragment of an address. SPEC, section "ContactLink".
 *
 * Browsers never send a fragment. Everything else about a link is derived from its secret.
 */
import { concat, fromBase64url, toBase64url, utf8 } from './encoding.ts'
import type { Bytes, SealKey } from './keys.ts'
import { hkdf, importSealKey, randomBytes, sha256 } from '#primitives'

/** `one_time` mixes a secret into the first Session, which a link that many people read cannot. */
export type LinkKind = 'long_lived' | 'one_time'

export interface LinkSecret {
  readonly kind: LinkKind
  /** 16 random bytes. */
  readonly secret: Bytes
}

export interface ContactLink extends LinkSecret {
  /** 32 bytes: H of the genesis that the chain must begin with. */
  readonly accountId: Bytes
}

export type ParsedLink =
  | { readonly ok: true; readonly link: ContactLink }
  | { readonly ok: false; readonly failure: 'not_a_link' | 'unknown_version' | 'malformed' }

const VERSION = 1
const ONE_TIME_FLAG = 1
const LINK_BYTES = 50
const PATH = '/c#'

export function makeLinkSecret(kind: LinkKind): LinkSecret {
  return { kind, secret: randomBytes(16) }
}

/** @param origin - for example `https://example.org`, without a slash at its end. */
export function encodeContactLink(origin: string, link: ContactLink): string {
  const flags = link.kind === 'one_time' ? ONE_TIME_FLAG : 0
  return origin + PATH + toBase64url(concat(Uint8Array.of(VERSION, flags), link.secret, link.accountId))
}

/**
 * Reads an address, a fragment with or without `#`, or pasted text with white space around or inside it.
 *
 * The host is not looked at: the accountId says whom to trust, and every installation can open every link.
 */
export function parseContactLink(text: string): ParsedLink {
  const fragment = fragmentOf(text.replace(/\s+/g, ''))
  if (fragment === null || !/^[\w-]+$/.test(fragment)) return { ok: false, failure: 'not_a_link' }
  const bytes = fromBase64url(fragment)
  if (bytes === null) return { ok: false, failure: 'malformed' }
  const [version, flags] = bytes
  if (version !== undefined && version > VERSION) return { ok: false, failure: 'unknown_version' }
  if (version !== VERSION || flags === undefined || flags > ONE_TIME_FLAG || bytes.length !== LINK_BYTES) {
    return { ok: false, failure: 'malformed' }
  }
  const kind = flags === ONE_TIME_FLAG ? 'one_time' : 'long_lived'
  return { ok: true, link: { kind, secret: bytes.slice(2, 18), accountId: bytes.slice(18) } }
}

/** What follows `/c#`, or `#`, or a text that could be nothing else. */
function fragmentOf(text: string): string | null {
  const hash = text.indexOf('#')
  if (hash < 0) return /^[\w-]{60,}$/.test(text) ? text : null
  const before = text.slice(0, hash)
  return before === '' || before.endsWith('/c') || before.endsWith('/c/') ? text.slice(hash + 1) : null
}

/** Names a link in a handshake: its kind, and 16 bytes from which its secret does not follow. */
export type LinkId = readonly [kind: number, id: Bytes]

export interface LinkKeys {
  readonly kind: LinkKind
  /** 16 bytes by which the API knows the link. */
  readonly lookup: Bytes
  /** 32 bytes that open `resolve`; the API keeps `authHash`. */
  readonly auth: Bytes
  readonly authHash: Bytes
  readonly linkId: LinkId
  /** Seals the descriptor. */
  readonly sealKey: SealKey
  /** 32 bytes for the first Session of a Device pair; null unless the link is one-time. */
  readonly psk: Bytes | null
}

/** Everything that follows from a link's secret. */
export async function deriveLink(secret: Bytes, kind: LinkKind): Promise<LinkKeys> {
  const auth = await derive(secret, 'link-auth', 32)
  return {
    kind,
    lookup: await derive(secret, 'link-lookup', 16),
    auth,
    authHash: await sha256(auth),
    linkId: [kind === 'one_time' ? 1 : 0, await derive(secret, 'link-id', 16)],
    sealKey: await importSealKey(await derive(secret, 'link-seal', 32)),
    psk: kind === 'one_time' ? await derive(secret, 'link-psk', 32) : null,
  }
}

const NO_SALT = new Uint8Array(32)

async function derive(secret: Bytes, name: string, length: number): Promise<Bytes> {
  return hkdf(secret, NO_SALT, utf8(`plasma/1/${name}`), length)
}
