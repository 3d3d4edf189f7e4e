/** Messages as this Device keeps them. The key names conversation, author and id: a second copy cannot be stored. */
import type { SendTrouble } from '../read.ts'

export interface MessageRecord {
  readonly key: string
  readonly conversationId: string
  /** Of the Message; of a placeholder, the Envelope's id. */
  readonly messageId: string
  readonly own: boolean
  readonly kind: 'text' | 'on_its_way' | 'gap' | 'update_needed'
  readonly text: string
  readonly sentMs: number
  readonly receivedMs: number
  /** Grows with each Message of this Device: the order of the conversation. */
  readonly order: number
  readonly unread: boolean
  /** Of one's own: how far it came without a Receipt. */
  readonly state: 'on_device' | 'with_server' | 'failed'
  readonly failure: SendTrouble | null
  readonly devices: readonly MessageDevice[]
  /** Who sent it: what a Receipt is addressed to. Null for one's own. */
  readonly fromDevice: string | null
}

export interface MessageDevice {
  readonly deviceId: string
  readonly delivered: boolean
  readonly read: boolean
}

export const messageKey = (conversationId: string, own: boolean, messageId: string): string =>
  `${conversationId}.${own ? 'o' : 'i'}.${messageId}`

/** The clear fields of a row. */
export const clearOfMessage = (message: MessageRecord) => ({
  conversationId: message.conversationId,
  order: message.order,
  unread: message.unread ? 1 : 0,
  messageId: message.messageId,
})

/** Orders as wide as an index key can be. */
export const everyOrder = (conversationId: string) => ({
  index: 'order',
  from: [conversationId, 0],
  to: [conversationId, Number.MAX_SAFE_INTEGER],
})

export const unreadOf = (conversationId: string) => ({
  index: 'unread',
  from: [conversationId, 1],
  to: [conversationId, 1],
})
