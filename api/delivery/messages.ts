/** What instances tell each other about delivery, by topic. */
import * as z from 'zod/mini'
import { envelopeId } from '../../wire/ids.ts'
import { streamEnvelope } from '../../wire/stream.ts'

/** Heard by the open Stream of this Device, wherever it is. */
export function deviceTopic(deviceId: string): string {
  return `device:${deviceId}`
}

/** Heard by the instance that holds Relays under this name. */
export function instanceTopic(instanceId: string): string {
  return `instance:${instanceId}`
}

export const deviceMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('relay'), envelope: streamEnvelope }),
  /** Committed: to be read from the Mailbox. */
  z.object({ kind: z.literal('stored'), envelopeId }),
  /** A Stream was opened: those of a lower number, and of the same number elsewhere, close. */
  z.object({ kind: z.literal('opened'), number: z.int(), stream: z.string() }),
  z.object({ kind: z.literal('revoked') }),
  z.object({ kind: z.literal('suspended') }),
])
export type DeviceMessage = z.infer<typeof deviceMessage>

export const acknowledgedMessage = z.object({ deviceId: z.string(), envelopeIds: z.array(z.string()) })
export type AcknowledgedMessage = z.infer<typeof acknowledgedMessage>
