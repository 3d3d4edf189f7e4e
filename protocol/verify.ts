/** The API's door to the protocol: what a server verifies. Nothing here takes or gives a private key. */
export { activeDevice, activeDevices } from './deviceList.ts'
export { compareBytes, concat, equalBytes, fromBase64url, toBase64url } from './encoding.ts'
export { decodeBody, deviceIdOf, type DecodedEntry, type EntryBody, type Operation } from './entry.ts'
export { type FreshnessResult, type FreshnessStatement, verifyFreshness } from './freshness.ts'
export type { Bytes } from './keys.ts'
export { isDhPublicKey } from './points.ts'
export { type PrekeyKind, type SignedPrekey, verifyPrekeySignature } from './prekeys.ts'
export {
  type ChainDevice,
  type ChainFailure,
  type ChainHead,
  type ChainResult,
  compareHead,
  extendChain,
  type Sigchain,
  type SignedEntry,
  verifyChain,
} from './sigchain.ts'
