/** A ContactLink opened: parsed, remembered, resolved to a Ticket, and the Account behind it checked against the link. */
import {
  confirmedHour,
  deriveLink,
  openDescriptor,
  parseContactLink,
  toBase64url,
  verifyChain,
  verifyFreshness,
  type ContactLink,
  type LinkKeys,
  type Sigchain,
} from '../../protocol/index.ts'
import type { ChainAnswer } from '../../wire/sigchain.ts'
import { bytes, changed, type Core } from './core.ts'
import type { LinkFailure, OpenLinkResult } from './engine.ts'
import { fromWireEntry, fromWireStatement } from './entries.ts'
import { shownName } from './name.ts'
import type { RemoteWord } from './remote.ts'
import type { PendingLinkRecord } from './store/records.ts'
import { change } from './store/store.ts'

export async function openLink(core: Core, text: string): Promise<OpenLinkResult> {
  const parsed = parseContactLink(text)
  if (!parsed.ok) return parsed
  const accountId = toBase64url(parsed.link.accountId)
  const known = await placeOf(core, accountId)
  if (known) return known
  await save(core, { ...fresh(text, accountId), state: 'resolving' })
  const own = await core.own()
  if (own) return resolvePending(core)
  await save(core, fresh(text, accountId))
  return { ok: true, state: 'needs_sign_in' }
}

/** Own Account, or one there is a Conversation with. */
async function placeOf(core: Core, accountId: string): Promise<OpenLinkResult | null> {
  const device = await core.store.meta.get('device')
  if (device?.accountId === accountId) return { ok: false, failure: 'own_link' }
  const [contact] = await core.store.contacts.list({ index: 'account', from: accountId, to: accountId })
  if (!contact) return null
  if (contact.value.kind === 'blocked') return { ok: false, failure: 'blocked' }
  return { ok: true, state: 'existing', conversationId: contact.value.conversationId }
}

/**
 * Called when a link is opened, and again after signing in and at each connect until it is settled. One at a time:
 * each draws a Ticket, and a second one would make a link that is ready look unready again.
 */
export function resolvePending(core: Core): Promise<OpenLinkResult> {
  return core.locks.hold('pendingLink', () => resolveAlone(core))
}

async function resolveAlone(core: Core): Promise<OpenLinkResult> {
  const pending = await core.store.meta.get('pendingLink')
  const parsed = pending && parseContactLink(pending.text)
  if (!pending || !parsed?.ok) return { ok: false, failure: 'not_a_link' }
  if (pending.state === 'ready') return { ok: true, state: 'resolved' }
  const place = await placeOf(core, pending.accountId)
  if (place) {
    await dismissPending(core)
    return place
  }
  await save(core, { ...fresh(pending.text, pending.accountId), state: 'resolving' })
  const resolved = await resolve(core, parsed.link, pending)
  if (!resolved.ok) {
    await settle(core, { ...pending, state: 'failed', failure: resolved.failure })
    return resolved
  }
  await settle(core, resolved.record)
  return { ok: true, state: 'resolved' }
}

export async function dismissPending(core: Core): Promise<void> {
  await core.store.db.commit([core.store.meta.drop('pendingLink')])
  changed(core, 'app')
}

type Resolved =
  | { readonly ok: true; readonly record: PendingLinkRecord }
  | { readonly ok: false; readonly failure: LinkFailure }

async function resolve(core: Core, link: ContactLink, pending: PendingLinkRecord): Promise<Resolved> {
  const keys = await deriveLink(link.secret, link.kind)
  const answer = await core.remote.resolveLink(toBase64url(keys.lookup), toBase64url(keys.auth))
  if (!answer.ok) return { ok: false, failure: linkFailure(answer.failure) }
  const { ticket } = answer.value
  const chain = await core.remote.chain(pending.accountId, -1, { kind: 'ticket', value: ticket })
  if (!chain.ok) return { ok: false, failure: linkFailure(chain.failure) }
  return check(core, link, keys, pending, ticket, chain.value, answer.value.descriptor)
}

/** Nothing of the API's answers is believed before the fingerprint in the link has proved it. */
async function check(
  core: Core,
  link: ContactLink,
  keys: LinkKeys,
  pending: PendingLinkRecord,
  ticket: string,
  answer: ChainAnswer,
  descriptor: string,
): Promise<Resolved> {
  const verified = await verifyChain(link.accountId, answer.entries.map(fromWireEntry))
  if (!verified.ok) return { ok: false, failure: 'account_swapped' }
  const { chain } = verified
  const opened = await openDescriptor(keys, bytes(descriptor), chain)
  if (!opened.ok) return { ok: false, failure: 'descriptor_forged' }
  const name = shownName(opened.descriptor.name)
  const platform = shownName(opened.descriptor.platform)
  const confirmed = await confirmationOf(core, chain, answer)
  const resolved = { ticket, chain, confirmedHour: confirmed, link: { linkId: keys.linkId, psk: keys.psk } }
  return { ok: true, record: { ...pending, state: 'ready', failure: null, name, platform, resolved } }
}

/** The newest hour at which an active Device confirmed the head of `chain`; null when none did of late. */
export async function confirmationOf(
  core: Core,
  chain: Sigchain,
  answer: ChainAnswer,
): Promise<number | null> {
  const statements = answer.statements.map((statement) =>
    verifyFreshness(chain, fromWireStatement(statement)),
  )
  return confirmedHour(await Promise.all(statements), core.clock.hour())
}

function linkFailure(word: RemoteWord): LinkFailure {
  switch (word) {
    case 'link_gone':
    case 'not_found':
    case 'not_accepted':
    case 'account_gone':
      return 'link_gone'
    case 'entitlement_required':
      return 'entitlement_required'
    case 'too_many':
      return 'too_many'
    case 'bad_answer':
      return 'account_swapped'
    default:
      return 'offline'
  }
}

const fresh = (text: string, accountId: string): PendingLinkRecord => ({
  text,
  accountId,
  state: 'needs_sign_in',
  failure: null,
  name: null,
  platform: null,
  resolved: null,
})

/** Unless the Person has opened another link or dismissed this one meanwhile. */
async function settle(core: Core, record: PendingLinkRecord): Promise<void> {
  const now = await core.store.meta.get('pendingLink')
  if (now?.text === record.text) await save(core, record)
}

async function save(core: Core, record: PendingLinkRecord): Promise<void> {
  await change(core.store, async () => ({
    writes: [await core.store.meta.write('pendingLink', record)],
    result: null,
  }))
  changed(core, 'app')
}
