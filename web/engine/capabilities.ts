/** Rights to send to this Account: spares registered ahead of use, given to Contacts, ended by tag. */
import { toBase64url } from '../../protocol/index.ts'
import { brand, randomId, type Core } from './core.ts'
import type { RemoteWord } from './remote.ts'
import type { Write } from './store/port.ts'
import type { CapabilityRecord } from './store/records.ts'
import { change } from './store/store.ts'
import type { Held } from './store/table.ts'

/** As many first contacts as one may accept or begin while offline. */
const SPARES = 20
/** What one request takes. */
const BATCH = 64

const SPARE = { index: 'conversation', from: '', to: '' }
const ofConversation = (conversationId: string) => ({
  index: 'conversation',
  from: conversationId,
  to: conversationId,
})

/** Registers what is missing and ends what was revoked, in one request. Safe to repeat. */
export async function syncCapabilities(core: Core): Promise<RemoteWord | null> {
  await makeSpares(core)
  const all = await core.store.capabilities.list()
  const add = all.filter(({ value }) => !value.registered && !value.ended).slice(0, BATCH)
  const ended = all.filter(({ value }) => value.ended).slice(0, BATCH)
  if (add.length === 0 && ended.length === 0) return null
  const answer = await core.remote.changeCapabilities({
    add: add.map(({ value }) => ({ hash: brand(value.hash), tag: brand(value.tag) })),
    revoke: [...new Set(ended.map(({ value }) => value.tag))].map((tag) => brand(tag)),
  })
  if (!answer.ok) return answer.failure
  await change(core.store, async () => ({ writes: await settled(core, add, ended), result: null }))
  return null
}

async function settled(
  core: Core,
  add: readonly Held<CapabilityRecord>[],
  ended: readonly Held<CapabilityRecord>[],
): Promise<Write[]> {
  const now = await Promise.all(add.map(({ key }) => core.store.capabilities.get(key)))
  const registered = now.flatMap((held) =>
    held ? [core.store.capabilities.put(held.key, { ...held.value, registered: true }, held)] : [],
  )
  return [...(await Promise.all(registered)), ...ended.map(({ key }) => core.store.capabilities.drop(key))]
}

async function makeSpares(core: Core): Promise<void> {
  const missing = SPARES - (await core.store.capabilities.count(SPARE))
  if (missing <= 0) return
  const made = await Promise.all(Array.from({ length: missing }, newSpare))
  const writes = made.map((record) => core.store.capabilities.put(record.hash, record, null))
  await core.store.db.commit(await Promise.all(writes))
}

async function newSpare(): Promise<CapabilityRecord> {
  const capability = crypto.getRandomValues(new Uint8Array(32))
  const hash = toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', capability)))
  return { hash, tag: randomId(), conversationId: '', capability, registered: false, ended: false }
}

/**
 * Takes a registered spare for a Contact, or the one that Contact has already.
 *
 * @returns null when there is none: what needs one waits. The write belongs in the transaction that uses it.
 */
export async function giveCapability(
  core: Core,
  conversationId: string,
): Promise<{
  readonly capability: Uint8Array
  readonly tag: string
  readonly writes: readonly Write[]
} | null> {
  const given = await core.store.capabilities.list(ofConversation(conversationId))
  const known = given.find(({ value }) => !value.ended)
  if (known) return { capability: known.value.capability, tag: known.value.tag, writes: [] }
  const spares = await core.store.capabilities.list(SPARE)
  const spare = spares.find(({ value }) => value.registered)
  if (!spare) return null
  const { capability, tag } = spare.value
  const write = await core.store.capabilities.put(spare.key, { ...spare.value, conversationId }, spare)
  return { capability, tag, writes: [write] }
}

/** Marks every capability of a Contact as ended; the API hears of it at the next sync. */
export async function endCapabilities(core: Core, conversationId: string): Promise<readonly Write[]> {
  const given = await core.store.capabilities.list(ofConversation(conversationId))
  return Promise.all(
    given.map((held) => core.store.capabilities.put(held.key, { ...held.value, ended: true }, held)),
  )
}
