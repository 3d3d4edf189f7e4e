/** What a connected Device keeps in order at the API: rights, prekeys, links, statements, chains of Contacts. */
import { extendChain, type Sigchain } from '../../protocol/index.ts'
import { syncCapabilities } from './capabilities.ts'
import { changed, type Core, type Own } from './core.ts'
import { fromWireEntry } from './entries.ts'
import { syncFreshness } from './freshness.ts'
import { syncLinks } from './links.ts'
import { confirmationOf, resolvePending } from './openLink.ts'
import { syncPrekeys } from './prekeys.ts'
import { forgetOld } from './forget.ts'
import { keysOf } from './signal.ts'
import { withRight } from './rights.ts'
import type { ContactRecord } from './store/contacts.ts'
import { change } from './store/store.ts'
import type { Held } from './store/table.ts'

/** Spent prekeys are replaced this often, links counted, old rows forgotten. */
const EVERY_MS = 15 * 60_000
/** Messages may wait for what the API did not take. */
const AFTER_REFUSAL_MS = 30_000

/** At each connect, and every quarter of an hour. @returns when to come back. */
export async function tendAll(core: Core, own: Own): Promise<number> {
  const againMs = await tendRights(core, own)
  await settlePending(core)
  await syncPrekeys(core, own)
  await syncFreshness(core, own)
  await syncLinks(core, own)
  await forgetOld(core)
  return againMs ?? EVERY_MS
}

/** Whenever something changed here that the API must know. @returns when to come back if it did not learn it all. */
export async function tendRights(core: Core, own: Own): Promise<number | null> {
  const failure = await syncCapabilities(core)
  await endTickets(core)
  await readChains(core)
  const links = await core.store.links.list()
  const unsynced = links.some(({ value }) => !value.synced) ? await syncLinks(core, own) : null
  return (failure ?? unsynced) ? AFTER_REFUSAL_MS : null
}

async function settlePending(core: Core): Promise<void> {
  const pending = await core.store.meta.get('pendingLink')
  const isOpen =
    pending?.state === 'needs_sign_in' || pending?.state === 'resolving' || pending?.failure === 'offline'
  if (pending && isOpen) await resolvePending(core)
}

/** At once on Block; after an accept only when they write by a capability, so that nothing of theirs is refused between. */
async function endTickets(core: Core): Promise<void> {
  const over = (await core.store.contacts.list()).filter(
    ({ value }) =>
      value.ticketTags.length > 0 &&
      (value.kind === 'blocked' || (value.kind === 'contact' && value.usesCapability)),
  )
  if (over.length === 0) return
  const tags = over.flatMap(({ value }) => value.ticketTags).slice(0, 64)
  const answer = await core.remote.endTickets(tags)
  if (!answer.ok) return
  for (const { key } of over) {
    await edit(core, key, (contact) => ({
      ...contact,
      ticketTags: contact.ticketTags.filter((tag) => !tags.includes(tag)),
    }))
  }
}

/** A Contact named a head that is not known here: a question, and an alarm only on contradiction. */
async function readChains(core: Core): Promise<void> {
  const behind = (await core.store.contacts.list()).filter(
    ({ value }) => (value.chainBehind || isDoubted(value.chain)) && value.chainState === 'ok',
  )
  for (const contact of behind) await readChain(core, contact)
}

/** Suspended by an Entry that nobody is known to have signed: the API may have made it up. */
const isDoubted = (chain: Sigchain): boolean => chain.suspended && chain.suspendedBy === null

async function readChain(core: Core, { key, value }: Held<ContactRecord>): Promise<void> {
  const answer = await withRight(value, (right) =>
    core.remote.chain(value.accountId, value.chain.head.seq, right),
  )
  if (!answer.ok) return
  const known = isDoubted(value.chain) ? { ...value.chain, suspended: false } : value.chain
  const extended = await extendChain(known, answer.value.entries.map(fromWireEntry))
  if (!extended.ok) {
    const { failure } = extended
    if (failure === 'fork' || failure === 'rolled_back')
      await edit(core, key, (now) => ({ ...now, chainState: failure }))
    return
  }
  const { chain } = extended
  const confirmed = await confirmationOf(core, chain, answer.value)
  await edit(core, key, (now) => ({
    ...now,
    chain: saysMore(chain, now.chain) ? chain : now.chain,
    chainBehind: now.chainBehind && chain.head.seq <= value.chain.head.seq,
    confirmedHour: Math.max(confirmed ?? 0, now.confirmedHour ?? 0) || null,
  }))
  changed(core, ...keysOf(key))
}

/** Longer; or as long, while nobody is known to have signed what comes after it. */
const saysMore = (chain: Sigchain, now: Sigchain): boolean =>
  chain.head.seq > now.head.seq || (chain.head.seq === now.head.seq && now.suspendedBy === null)

async function edit(core: Core, key: string, to: (contact: ContactRecord) => ContactRecord): Promise<void> {
  await change(core.store, async () => {
    const held = await core.store.contacts.get(key)
    return { writes: held ? [await core.store.contacts.put(key, to(held.value), held)] : [], result: null }
  })
}
