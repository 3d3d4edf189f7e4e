/** Own ContactLinks: made here and valid at once on paper; the API learns of each change when it can. */
import {
  deriveLink,
  encodeContactLink,
  makeLinkSecret,
  sealDescriptor,
  toBase64url,
  type LinkSecret,
} from '../../protocol/index.ts'
import { brand, changed, wake, type Core, type Own } from './core.ts'
import type { LinkEdit, LinkInput, MakeLinkResult } from './engine.ts'
import type { RemoteWord } from './remote.ts'
import type { LinkRecord } from './store/records.ts'
import { change } from './store/store.ts'

/** What the API lists at most. */
const MAX_LINKS = 200
/** A descriptor has to name something; readers trim it. */
const NO_NAME = ' '

export async function makeLink(core: Core, input: LinkInput): Promise<MakeLinkResult> {
  const own = await core.own()
  if (!own) return { ok: false, failure: 'refused' }
  if ((await core.store.links.count()) >= MAX_LINKS) return { ok: false, failure: 'limit' }
  const link = await newLink(core, own, input)
  await change(core.store, async () => ({
    writes: [await core.store.links.put(link.lookup, link, null)],
    result: null,
  }))
  changed(core, 'links')
  wake(core)
  return { ok: true, lookup: link.lookup }
}

async function newLink(core: Core, own: Own, input: LinkInput): Promise<LinkRecord> {
  const secret = makeLinkSecret(input.kind)
  const keys = await deriveLink(secret.secret, input.kind)
  return {
    lookup: toBase64url(keys.lookup),
    label: input.label,
    url: encodeContactLink(core.origin, { ...secret, accountId: own.device.accountId }),
    kind: input.kind,
    secret: secret.secret,
    linkId: toBase64url(keys.linkId[1]),
    state: 'active',
    limit: input.limit,
    expiresAtMs: input.expiresAtMs,
    resolved: 0,
    createdMs: core.clock.nowMs(),
    synced: false,
    published: false,
    describedName: null,
    endedMs: null,
  }
}

export async function changeLink(
  core: Core,
  lookup: string,
  edit: LinkEdit,
): Promise<{ readonly ok: boolean }> {
  const ok = await update(core, lookup, (link) => {
    if (link.state !== 'active' && link.state !== 'paused') return null
    const state = edit.paused === undefined ? link.state : edit.paused ? 'paused' : 'active'
    const limit = edit.limit === undefined ? link.limit : edit.limit
    const sameAtApi = state === link.state && limit === link.limit
    return { ...link, label: edit.label ?? link.label, state, limit, synced: link.synced && sameAtApi }
  })
  if (ok) wake(core)
  return { ok }
}

export async function rotateLink(
  core: Core,
  lookup: string,
): Promise<{ readonly ok: boolean; readonly lookup?: string }> {
  const own = await core.own()
  const old = await core.store.links.get(lookup)
  if (!own || !old) return { ok: false }
  const { label, kind, limit, expiresAtMs } = old.value
  const link = await newLink(core, own, { label, kind, limit, expiresAtMs })
  const ended: LinkRecord = { ...old.value, state: 'rotated', synced: false, endedMs: core.clock.nowMs() }
  const outcome = await core.store.db.commit([
    await core.store.links.put(lookup, ended, old),
    await core.store.links.put(link.lookup, link, null),
  ])
  if (outcome !== 'done') return { ok: false }
  changed(core, 'links')
  wake(core)
  return { ok: true, lookup: link.lookup }
}

/** Tells the API what it does not know yet, and learns what it counted. */
export async function syncLinks(core: Core, own: Own): Promise<RemoteWord | null> {
  const name = (await core.store.meta.get('person'))?.name ?? ''
  for (const { value: link } of await core.store.links.list()) {
    const failure = await syncLink(core, own, link, name)
    if (failure === 'offline' || failure === 'login_required' || failure === 'unavailable') return failure
  }
  const listed = await core.remote.links()
  if (!listed.ok) return listed.failure
  for (const info of listed.value.links) {
    await update(core, info.lookup, (link) => {
      const claimed = info.state === 'claimed' && link.state !== 'rotated'
      if (link.resolved === info.resolved && !claimed) return null
      return { ...link, resolved: info.resolved, state: claimed ? 'claimed' : link.state }
    })
  }
  return null
}

async function syncLink(core: Core, own: Own, link: LinkRecord, name: string): Promise<RemoteWord | null> {
  const ended = link.state === 'rotated' || link.state === 'claimed'
  if (link.synced && (link.describedName === name || ended)) return null
  if (!link.published && ended) return null
  const descriptor = toBase64url(await describe(core, own, link, name))
  const failure = link.published ? await patch(core, link, descriptor) : await publish(core, link, descriptor)
  if (failure) return failure
  const { state, limit } = link
  await update(core, link.lookup, (now) => ({
    ...now,
    published: true,
    synced: now.state === state && now.limit === limit,
    describedName: name,
  }))
  return null
}

async function publish(core: Core, link: LinkRecord, descriptor: string): Promise<RemoteWord | null> {
  const keys = await deriveLink(link.secret, link.kind)
  const made = await core.remote.makeLink({
    lookup: brand(link.lookup),
    authHash: brand(toBase64url(keys.authHash)),
    kind: link.kind,
    descriptor,
    limit: link.limit,
    expiresAtMs: link.expiresAtMs,
  })
  if (!made.ok) return made.failure
  return link.state === 'active' ? null : patch(core, link, descriptor)
}

async function patch(core: Core, link: LinkRecord, descriptor: string): Promise<RemoteWord | null> {
  const { state, limit } = link
  const answer = await core.remote.changeLink(
    link.lookup,
    state === 'rotated' || state === 'claimed' ? { state: 'rotated' } : { state, limit, descriptor },
  )
  return answer.ok ? null : answer.failure
}

async function describe(core: Core, own: Own, link: LinkRecord, name: string): Promise<Uint8Array> {
  const platform = (await core.store.meta.get('platform'))?.name || NO_NAME
  const { accountId, deviceId, sign } = own.device
  const secret: LinkSecret = { secret: link.secret, kind: link.kind }
  const keys = await deriveLink(secret.secret, secret.kind)
  const descriptor = {
    name: name || NO_NAME,
    avatar: null,
    platform,
    accountId,
    deviceId,
    hour: core.clock.hour(),
  }
  return sealDescriptor(keys, descriptor, sign)
}

async function update(
  core: Core,
  lookup: string,
  edit: (link: LinkRecord) => LinkRecord | null,
): Promise<boolean> {
  const done = await change(core.store, async () => {
    const held = await core.store.links.get(lookup)
    const next = held && edit(held.value)
    if (!held || !next) return { writes: [], result: false }
    return { writes: [await core.store.links.put(lookup, next, held)], result: true }
  })
  if (done) changed(core, 'links')
  return done ?? false
}
