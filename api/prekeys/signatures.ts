/** Uploads are checked, so that a Device learns of a broken prekey before anyone else meets it; others check for themselves. */
import { isDhPublicKey, verifyPrekeySignature, type PrekeyKind } from '../../protocol/verify.ts'
import type { PrekeyUpload } from '../../wire/prekeys.ts'
import { problem } from '../http/problem.ts'
import type { PrekeyWire } from './sql.ts'

/** @throws Problem `invalid_signature` that names the prekey by its place */
export async function assertSigned(
  device: { readonly deviceId: string; readonly signPub: Buffer },
  upload: PrekeyUpload,
): Promise<void> {
  const signer = { deviceId: bytesOf(device.deviceId), signPub: new Uint8Array(device.signPub) }
  for (const { where, kind, prekey } of placesOf(upload)) {
    const key = bytesOf(prekey.key)
    const isUsable = key.length !== 32 || isDhPublicKey(key)
    const signed = {
      prekeyId: bytesOf(prekey.prekeyId),
      key,
      hour: prekey.hour,
      signature: bytesOf(prekey.signature),
    }
    const isSigned = isUsable && (await verifyPrekeySignature(kind, signer, signed))
    if (!isSigned) throw problem('invalid_signature', { where: [where] })
  }
}

interface Place {
  readonly where: string
  readonly kind: PrekeyKind
  readonly prekey: PrekeyWire
}

function placesOf({ signedPreKey, lastResort, oneTime, oneTimeKem }: PrekeyUpload): readonly Place[] {
  const many = (where: string, kind: PrekeyKind, prekeys: readonly PrekeyWire[]) =>
    prekeys.map((prekey, index) => ({ where: `${where}.${index}`, kind, prekey }))
  return [
    ...(signedPreKey === undefined
      ? []
      : [{ where: 'signedPreKey', kind: 'signed' as const, prekey: signedPreKey }]),
    ...(lastResort === undefined
      ? []
      : [{ where: 'lastResort', kind: 'last_resort_kem' as const, prekey: lastResort }]),
    ...many('oneTime', 'one_time', oneTime),
    ...many('oneTimeKem', 'one_time_kem', oneTimeKem),
  ]
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'base64url'))
}
