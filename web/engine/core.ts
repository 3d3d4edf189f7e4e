/** What every verb of a started engine works with. */
import {
  fromBase64url,
  toBase64url,
  type Bytes,
  type KeyPair,
  type OwnDevice,
  type SignPrivateKey,
} from '../../protocol/index.ts'
import type { Clock } from './clock.ts'
import type { Locks } from './lock.ts'
import type { QueryKey } from './read.ts'
import type { Remote } from './remote.ts'
import type { Signals } from './signal.ts'
import type { DeviceRecord } from './store/records.ts'
import type { Store } from './store/store.ts'

export interface Core {
  readonly origin: string
  readonly store: Store
  readonly remote: Remote
  readonly locks: Locks
  readonly signals: Signals
  readonly clock: Clock
  /** This Device once it has an Account at the API. */
  own(): Promise<Own | null>
}

export interface Own {
  readonly record: DeviceRecord
  readonly device: OwnDevice & { readonly sign: KeyPair<SignPrivateKey> }
}

/** Keys of the own Device in the vault. */
export const OWN_KEYS = { sign: 'own.sign', dh: 'own.dh', login: 'own.login' } as const

export async function loadOwn(store: Store): Promise<Own | null> {
  const record = await store.meta.get('device')
  if (!record?.created) return null
  const [sign, dh] = await Promise.all([store.vault.sign(OWN_KEYS.sign), store.vault.dh(OWN_KEYS.dh)])
  if (!sign || !dh) return null
  const { chain, entries } = record
  return {
    record,
    device: {
      accountId: bytes(record.accountId),
      deviceId: bytes(record.deviceId),
      sign,
      dh,
      chain,
      entries,
    },
  }
}

export function changed(core: Core, ...keys: readonly QueryKey[]): void {
  core.signals.send({ type: 'changed', keys })
}

export function wake(core: Core): void {
  core.signals.send({ type: 'wake' })
}

/** The bytes of an id that a schema or this Device has checked. */
export function bytes(text: string): Bytes {
  const decoded = fromBase64url(text)
  if (!decoded) throw new TypeError('not base64url')
  return decoded
}

export const randomId = (): string => toBase64url(crypto.getRandomValues(new Uint8Array(16)))

/** Keeps a brand that the bytes' length was made for. */
export const brand = <T extends string>(value: string): T => value as T
