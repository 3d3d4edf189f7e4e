/** Acknowledging: the Device has it for good; holder and Mailbox let go of it. */
import type { AcknowledgePost } from '../../wire/envelope.ts'
import type { Bus } from '../bus/bus.ts'
import type { Holds } from './holds.ts'
import type { Mailbox } from './mailbox.ts'
import { type AcknowledgedMessage, instanceTopic } from './messages.ts'

export interface AcknowledgeDeps {
  readonly bus: Pick<Bus, 'publish'>
  readonly holds: Holds
  readonly mailbox: Pick<Mailbox, 'remove'>
  readonly instanceId: string
}

/**
 * On any instance. The holder is told first, then the row is deleted: whichever way the two cross with an insert
 * that is under way, the row is gone in the end, by this delete or by the holder's.
 *
 * @param deviceId - of the Login: nobody acknowledges for another.
 */
export async function acknowledge(
  deps: AcknowledgeDeps,
  deviceId: string,
  { acknowledgements }: AcknowledgePost,
): Promise<void> {
  const byHolder = new Map<string, string[]>()
  for (const { envelopeId, receipt } of acknowledgements) {
    if (receipt !== null && INSTANCE_ID.test(receipt)) {
      byHolder.set(receipt, [...(byHolder.get(receipt) ?? []), envelopeId])
    }
  }
  const holders = [...byHolder].slice(0, MAX_HOLDERS)
  await Promise.all(
    holders.map(([holder, envelopeIds]) => tellHolder(deps, holder, { deviceId, envelopeIds })),
  )
  await Promise.all(acknowledgements.map(({ envelopeId }) => deps.mailbox.remove({ deviceId, envelopeId })))
}

export const INSTANCE_ID = /^[\w-]{16}$/
/** Receipts come from the Device: each name it makes up would cost a publish. A Hold that is not told ends in its Mailbox. */
const MAX_HOLDERS = 64

async function tellHolder(
  deps: AcknowledgeDeps,
  holder: string,
  message: AcknowledgedMessage,
): Promise<void> {
  if (holder === deps.instanceId) deps.holds.acknowledge(message.deviceId, message.envelopeIds)
  else await deps.bus.publish(instanceTopic(holder), message)
}
