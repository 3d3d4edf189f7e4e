/** Accounts: made by a Grant, entered by a Login, described by a Sigchain. */
import { verifyFreshness } from '../../protocol/verify.ts'
import type { AccountCreate, Entitlement, LoginAnswer, LoginRequest } from '../../wire/grants.ts'
import type { AccountId, DeviceId } from '../../wire/ids.ts'
import type { ChainAnswer, FreshnessStatement, SigchainEntry } from '../../wire/sigchain.ts'
import type { HeadWire } from '../../wire/envelope.ts'
import type { Bus } from '../bus/bus.ts'
import type { Sql } from '../db/sql.ts'
import type { Devices } from '../devices/index.ts'
import { ACCESS_TOKEN_S, type Auth, type BoundLogin, type Login } from '../http/auth.ts'
import { problem } from '../http/problem.ts'
import type { Platforms } from '../platforms/index.ts'
import type { Prekeys } from '../prekeys/index.ts'
import { appendEntry, bytesOf, readChain, textOf, verifyGenesis } from './chain.ts'
import { spendGrant, verifyGrant, type Grant } from './grants.ts'
import {
  insertAccount,
  insertEntry,
  selectAccountBySubject,
  selectEntitlement,
  selectEntries,
  selectStatements,
  selectTarget,
  upsertEntitlement,
  upsertFreshness,
} from './sql.ts'

export { accountRoutes } from './routes.ts'

export interface Accounts {
  /** @returns `created` false when this very Account existed. @throws Problem `grant_refused`, `invalid_entry`, `account_exists` */
  create(
    request: AccountCreate,
    jkt: string,
  ): Promise<{ readonly created: boolean; readonly login: LoginAnswer }>
  /** @throws Problem `login_required`, `device_revoked`, `grant_refused` */
  login(request: LoginRequest, jkt: string): Promise<LoginAnswer>
  /** @throws Problem `head_moved`, `invalid_entry` */
  append(login: Login, entry: SigchainEntry): Promise<void>
  /** @throws Problem `invalid_signature` */
  stateFreshness(login: Login, statement: FreshnessStatement): Promise<void>
  chainAfter(accountId: AccountId, after: number): Promise<ChainAnswer>
  /** What a post is compared with. Undefined: the Account is gone. */
  deliveryTarget(accountId: string): Promise<DeliveryTarget | undefined>
  entriesAfter(accountId: string, after: number): Promise<readonly SigchainEntry[]>
  mayStart(accountId: string): Promise<boolean>
}

export interface DeliveryTarget {
  readonly head: HeadWire
  readonly devices: readonly DeviceId[]
  readonly retentionDays: number
}

export interface AccountDeps {
  readonly sql: Sql
  readonly bus: Pick<Bus, 'claimOnce'>
  readonly auth: Pick<Auth, 'issue'>
  readonly platforms: Platforms
  readonly devices: Devices
  readonly prekeys: Pick<Prekeys, 'forget'>
  readonly publicOrigin: string
  readonly now: () => number
}

export function createAccounts(deps: AccountDeps): Accounts {
  const { sql } = deps
  return {
    create: (request, jkt) => createAccount(deps, request, jkt),
    login: (request, jkt) => logIn(deps, request, jkt),
    append: (login, entry) => appendEntry(deps, login.accountId, entry),
    stateFreshness: (login, statement) => stateFreshness(deps, login, statement),
    chainAfter: async (accountId, after) => ({
      accountId,
      entries: await selectEntries(sql, accountId, after),
      statements: await selectStatements(sql, accountId),
    }),
    deliveryTarget: async (accountId) => {
      const row = await selectTarget(sql, accountId)
      if (row === undefined) return undefined
      const { headSeq, headHash, devices, retentionDays } = row
      return { head: { seq: headSeq, hash: headHash as HeadWire['hash'] }, devices, retentionDays }
    },
    entriesAfter: (accountId, after) => selectEntries(sql, accountId, after),
    mayStart: async (accountId) => {
      const right = await selectEntitlement(sql, accountId)
      return right !== undefined && right.start && (right.untilMs === null || right.untilMs > deps.now())
    },
  }
}

async function createAccount(deps: AccountDeps, request: AccountCreate, jkt: string) {
  const grant = await verifyGrant(request.grant, jkt, deps)
  const chain = await verifyGenesis(request.genesis)
  const [device] = chain.devices
  if (device === undefined) throw problem('invalid_entry', { where: ['genesis'] })
  const ids = {
    accountId: textOf(chain.accountId) as AccountId,
    deviceId: textOf(device.deviceId) as DeviceId,
  }
  const login: BoundLogin = { ...ids, platformId: grant.platformId, jkt }
  const created = await storeAccount(deps, grant, login, request.genesis, device.signPub)
  if (!created) {
    // A repeated request is answered even though its Grant is spent: the same key asks for what it has.
    if (!(await isOwn(deps, grant, login))) throw problem('account_exists')
    await storeEntitlement(deps, login.accountId, grant)
  }
  return { created, login: await answer(deps, login) }
}

async function isOwn({ sql, devices }: AccountDeps, grant: Grant, login: BoundLogin): Promise<boolean> {
  const account = await selectAccountBySubject(sql, grant.platformId, grant.subjectHash)
  if (account === undefined || account.accountId !== login.accountId) return false
  const device = await devices.find(login.deviceId)
  return device?.accountId === login.accountId && device.jkt === login.jkt && !device.revoked
}

function storeAccount(
  deps: AccountDeps,
  grant: Grant,
  login: BoundLogin,
  genesis: SigchainEntry,
  signPub: Uint8Array,
): Promise<boolean> {
  const { accountId, deviceId, platformId, jkt } = login
  const { subjectHash, entitlement } = grant
  return deps.sql.transaction(async (tx) => {
    const account = { accountId, platformId, subjectHash, headSeq: 0, headHash: accountId }
    if (!(await insertAccount(tx, account))) return false
    await insertEntry(tx, accountId, 0, genesis)
    if (!(await deps.devices.add(tx, { deviceId, accountId, signPub, jkt }))) {
      throw problem('invalid_entry', { where: ['genesis'] })
    }
    await upsertEntitlement(tx, accountId, entitlement)
    await spendGrant(grant, deps.bus)
    return true
  })
}

/** A Grant that brings nothing new is not spent: it came with a request whose answer was lost. */
async function storeEntitlement({ sql, bus }: AccountDeps, accountId: string, grant: Grant): Promise<void> {
  await sql.transaction(async (tx) => {
    if (await upsertEntitlement(tx, accountId, grant.entitlement)) await spendGrant(grant, bus)
  })
}

async function logIn(deps: AccountDeps, request: LoginRequest, jkt: string): Promise<LoginAnswer> {
  const device = await deps.devices.find(request.deviceId)
  if (device === undefined || device.accountId !== request.accountId || device.jkt !== jkt) {
    throw problem('login_required')
  }
  if (device.revoked) throw problem('device_revoked')
  if (request.grant !== undefined) await renewEntitlement(deps, request.accountId, request.grant, jkt)
  const { accountId, deviceId, platformId } = device
  return answer(deps, { accountId, deviceId, platformId, jkt })
}

/** A Grant for somebody else's subject brings nothing. */
async function renewEntitlement(
  deps: AccountDeps,
  accountId: string,
  jwt: string,
  jkt: string,
): Promise<void> {
  const grant = await verifyGrant(jwt, jkt, deps)
  const account = await selectAccountBySubject(deps.sql, grant.platformId, grant.subjectHash)
  if (account?.accountId !== accountId) throw problem('grant_refused')
  await storeEntitlement(deps, accountId, grant)
}

async function answer({ sql, auth, now }: AccountDeps, login: BoundLogin): Promise<LoginAnswer> {
  return {
    accountId: login.accountId,
    deviceId: login.deviceId,
    accessToken: await auth.issue(login),
    expiresInS: ACCESS_TOKEN_S,
    entitlement: (await selectEntitlement(sql, login.accountId)) ?? NO_ENTITLEMENT,
    nowMs: now(),
  }
}

const NO_ENTITLEMENT: Entitlement = { version: 0, start: false, reply: false, untilMs: null }

/** A Device speaks for itself only. */
async function stateFreshness(
  { sql, now }: AccountDeps,
  login: Login,
  statement: FreshnessStatement,
): Promise<void> {
  const chain = await readChain(sql, login.accountId)
  const signed = { body: bytesOf(statement.body), signature: bytesOf(statement.signature) }
  const result = await verifyFreshness(chain, signed)
  const isOwnStatement =
    result.ok && textOf(result.deviceId) === login.deviceId && result.relation !== 'newer'
  if (!isOwnStatement) throw problem('invalid_signature', { where: ['statement'] })
  const latestHour = Math.floor(now() / HOUR_MS) + HOURS_AHEAD
  await upsertFreshness(sql, { ...login, hour: result.hour }, statement, latestHour)
}

const HOUR_MS = 3_600_000
/** Nobody believes a statement from further ahead. */
const HOURS_AHEAD = 48
