/** Accounts this one talks with: what proves them, their verified chain, and what each side may send by. */
import type { LinkUse, Sigchain } from '../../../protocol/index.ts'
import type { ConversationKind } from '../read.ts'

/** One Conversation of two Accounts, and its Contact or Request. */
export interface ContactRecord {
  readonly conversationId: string
  readonly accountId: string
  readonly kind: ConversationKind
  /** What a Block replaced. */
  readonly before: ConversationKind | null
  readonly name: string
  readonly proof: 'link' | 'unproven' | 'known'
  /** Verified. Only its active Devices are ever encrypted to. */
  readonly chain: Sigchain
  readonly chainState: 'ok' | 'fork' | 'rolled_back' | 'update_needed'
  /** The newest hour at which an active Device of theirs confirmed the head known here; null when none did. */
  readonly confirmedHour: number | null
  /** Ours to a first contact with them. */
  readonly ticket: string | null
  /** Theirs, oldest first: rights to send to them. */
  readonly capabilities: readonly string[]
  /** What the first Session of a Device pair is bound to, when we opened their link. */
  readonly link: LinkUse | null
  /** Tags of the Tickets by which they wrote, until the API has ended them: at once on Block, else once they use a capability. */
  readonly ticketTags: readonly string[]
  /** They have written by a capability, so they have one. */
  readonly usesCapability: boolean
  /** Characters their Request has used. */
  readonly requestCharacters: number
  /** They named a head of their chain that is not known here yet. */
  readonly chainBehind: boolean
  readonly atMs: number
}
