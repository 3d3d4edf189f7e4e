/** A Message's state, and why it was not sent, in words. */
import type { MessageRow } from '../../engine/read.ts'
import type { Words } from '../text/text.tsx'

export function stateWords(message: MessageRow, name: string, { text }: Words): string {
  if (message.mark === null) return ''
  return message.mark === 'delivered'
    ? text.mark.delivered(name, message.devices.delivered)
    : text.mark[message.mark]
}

export function troubleWords(message: MessageRow, { text }: Words): string {
  if (message.failure !== null) return text.trouble.sendTrouble[message.failure]
  return message.mark === 'expired' ? text.mark.expired : text.mark.failed
}
