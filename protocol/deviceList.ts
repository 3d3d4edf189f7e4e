/** The DeviceList: the active Devices of a verified Sigchain. */
import { equalBytes } from './encoding.ts'
import type { Bytes } from './keys.ts'
import type { ChainDevice, Sigchain } from './sigchain.ts'

/** Encrypt to these and to no others, whatever an API lists. */
export function activeDevices(chain: Sigchain): readonly ChainDevice[] {
  return chain.devices.filter((device) => device.revokedSeq === null)
}

/** @returns null for a Device that is unknown or revoked. */
export function activeDevice(chain: Sigchain, deviceId: Bytes): ChainDevice | null {
  return activeDevices(chain).find((device) => equalBytes(device.deviceId, deviceId)) ?? null
}
