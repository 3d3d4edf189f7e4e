/** From a Platform's Grant to an Account: the way out, the way back, and the end of it. */
import {
  MAX_NAME_LENGTH,
  makeGenesis,
  toBase64url,
  verifyChain,
  type KeyPair,
  type SignPrivateKey,
} from '../../protocol/index.ts'
import { grantJwt } from '../../wire/grants.ts'
import { brand, changed, OWN_KEYS, randomId, type Core } from './core.ts'
import type { BeginSignInResult, SignInFailure, SignInResult } from './engine.ts'
import { toWireEntry } from './entries.ts'
import { thumbprint, type LoginKey } from './proof.ts'
import type { RemoteWord } from './remote.ts'
import type { DeviceRecord } from './store/records.ts'
import { change } from './store/store.ts'

/** A Person who comes back later than this starts again. */
const SIGN_IN_MS = 60 * 60_000
/** Capabilities of this release: none beyond version 1. */
const CAPS = new Uint8Array(0)

export async function beginSignIn(core: Core, returnUrl?: string): Promise<BeginSignInResult> {
  const platform = await knownPlatform(core)
  if (!platform) return { ok: false, failure: 'offline' }
  const login = await ownLoginKey(core)
  const nonce = toBase64url(crypto.getRandomValues(new Uint8Array(24)))
  await change(core.store, async () => ({
    writes: [await core.store.meta.write('signIn', { nonce, startedMs: core.clock.nowMs() })],
    result: null,
  }))
  const url = new URL(platform.signInUrl)
  url.searchParams.set('jkt', await thumbprint(login.jwk))
  url.searchParams.set('nonce', nonce)
  url.searchParams.set('audience', core.origin)
  url.searchParams.set(
    'return',
    returnUrl && new URL(returnUrl).origin === core.origin ? returnUrl : `${core.origin}/`,
  )
  return { ok: true, url: url.href }
}

/** Asks who the Platform of this address is; without an answer, what was known. Null: never known. */
export async function knownPlatform(core: Core) {
  const answer = await core.remote.platform()
  if (!answer.ok) return core.store.meta.get('platform')
  const { name, signInUrl, profileLinkUrl, retentionDays } = answer.value
  const platform = { name, signInUrl, profileLinkUrl, retentionDays }
  await core.store.db.commit([await core.store.meta.write('platform', platform)])
  changed(core, 'app')
  return platform
}

/** @returns what the API or the fragment refused; the Grant is used at most once by this Device. */
export async function finishSignIn(core: Core, fragment: string): Promise<SignInResult> {
  const request = await core.store.meta.get('signIn')
  const params = new URLSearchParams(fragment.replace(/^#/, ''))
  const grant = grantJwt.safeParse(params.get('grant'))
  if (!request || !grant.success) return { ok: false, failure: 'no_request' }
  if (params.get('nonce') !== request.nonce) return { ok: false, failure: 'nonce_mismatch' }
  if (core.clock.nowMs() - request.startedMs > SIGN_IN_MS) return { ok: false, failure: 'no_request' }
  const login = await ownLoginKey(core)
  const device = (await core.store.meta.get('device')) ?? (await makeDevice(core))
  const failure = device.created
    ? await renew(core, login, device, grant.data)
    : await create(core, login, device, grant.data)
  if (failure) return { ok: false, failure }
  await core.store.db.commit([core.store.meta.drop('signIn')])
  await takeName(core, params.get('name') ?? '')
  changed(core, 'app')
  return { ok: true }
}

/** The Platform may tell the Device, and no server, what its visitor is called there. The Person's own choice stands. */
async function takeName(core: Core, name: string): Promise<void> {
  const trimmed = name.trim().slice(0, MAX_NAME_LENGTH)
  if (trimmed === '' || (await core.store.meta.get('person'))) return
  await core.store.db.commit([await core.store.meta.write('person', { name: trimmed }, null)])
}

async function create(
  core: Core,
  login: LoginKey,
  device: DeviceRecord,
  grant: string,
): Promise<SignInFailure | null> {
  const [genesis] = device.entries
  if (!genesis) return 'no_request'
  const answer = await core.remote.createAccount(login, { grant, genesis: toWireEntry(genesis) })
  if (!answer.ok) return signInFailure(answer.failure)
  if (answer.value.accountId !== device.accountId || answer.value.deviceId !== device.deviceId)
    return 'grant_refused'
  await change(core.store, async () => ({
    writes: [await core.store.meta.write('device', { ...device, created: true })],
    result: null,
  }))
  return null
}

async function renew(
  core: Core,
  login: LoginKey,
  device: DeviceRecord,
  grant: string,
): Promise<SignInFailure | null> {
  const answer = await core.remote.loginWithGrant(login, {
    accountId: brand(device.accountId),
    deviceId: brand(device.deviceId),
    grant,
  })
  return answer.ok ? null : signInFailure(answer.failure)
}

function signInFailure(word: RemoteWord): SignInFailure {
  if (word === 'account_exists') return 'account_exists'
  return word === 'offline' || word === 'unavailable' || word === 'internal' || word === 'too_many'
    ? 'offline'
    : 'grant_refused'
}

async function ownLoginKey(core: Core): Promise<LoginKey> {
  const { vault, db } = core.store
  const known = await vault.login(OWN_KEYS.login)
  if (known) return known
  const made = await vault.newLogin(OWN_KEYS.login)
  await db.commit([{ ...made.write, expected: 0 }])
  return (await vault.login(OWN_KEYS.login)) ?? made.key
}

/** Keys and genesis are durable before anything is posted: what is posted again is the same genesis. */
async function makeDevice(core: Core): Promise<DeviceRecord> {
  const { store, clock } = core
  const [sign, dh] = await Promise.all([store.vault.newSign(OWN_KEYS.sign), store.vault.newDh(OWN_KEYS.dh)])
  const made = await genesisOf(sign.pair, dh.pair.publicKey, clock.hour())
  const writes = [
    { ...sign.write, expected: 0 },
    { ...dh.write, expected: 0 },
    await store.meta.write('device', made, null),
    await store.meta.write('run', { held: null, pending: randomId(), made: [] }, null),
  ]
  if ((await store.db.commit(writes)) === 'done') return made
  const other = await store.meta.get('device')
  if (!other) throw new Error('the Device could not be kept')
  return other
}

async function genesisOf(
  sign: KeyPair<SignPrivateKey>,
  dhPub: Uint8Array,
  hour: number,
): Promise<DeviceRecord> {
  const made = await makeGenesis({ sign, dhPub, caps: CAPS, hour, recoveryPub: null })
  const verified = await verifyChain(made.accountId, [made.entry])
  if (!verified.ok) throw new Error('the own genesis does not verify')
  return {
    accountId: toBase64url(made.accountId),
    deviceId: toBase64url(made.deviceId),
    entries: [made.entry],
    chain: verified.chain,
    created: false,
  }
}
