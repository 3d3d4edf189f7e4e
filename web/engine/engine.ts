/** The only write door. Every failure is a word of a closed union; human text is the interface's business. */
import type { Settings } from './read.ts'

/** Ids are base64url strings, opaque to the interface. Methods resolve when what they promise is durable. */
export interface Engine {
  /** Idempotent. The phases it goes through appear in the read door. */
  start(): Promise<void>

  /** Takes pasted text, scanned text or the page's address; the link is remembered durably before it resolves. */
  openLink(text: string): Promise<OpenLinkResult>
  dismissPendingLink(): Promise<void>
  /** Where the page navigates for a Grant. `returnUrl` is the address to come back to, on this origin. */
  beginSignIn(returnUrl?: string): Promise<BeginSignInResult>
  /** `fragment` is `#grant=…&nonce=…`. Creates the Account when this Device has none. */
  finishSignIn(fragment: string): Promise<SignInResult>
  /** Erases everything on this Device. */
  signOut(): Promise<void>

  /** Returns when the Message and its Outbox row are durable. */
  sendText(conversationId: string, text: string): Promise<SendResult>
  /** The first Message to the Account of the pending link, at most 300 characters. */
  startConversation(text: string): Promise<StartResult>
  retrySend(messageId: string): Promise<void>
  cancelSend(messageId: string): Promise<{ readonly cancelled: boolean }>
  saveDraft(conversationId: string, text: string): Promise<void>
  markRead(conversationId: string, upToMessageId: string): Promise<void>
  acceptRequest(conversationId: string): Promise<void>
  block(conversationId: string): Promise<void>
  unblock(conversationId: string): Promise<void>

  makeLink(input: LinkInput): Promise<MakeLinkResult>
  changeLink(lookup: string, change: LinkEdit): Promise<{ readonly ok: boolean }>
  /** Ends the link and makes a new one with the same label, kind and limit. */
  rotateLink(lookup: string): Promise<{ readonly ok: boolean; readonly lookup?: string }>

  saveProfile(profile: { readonly name: string }): Promise<void>
  saveSettings(change: Partial<Settings>): Promise<void>
  /** Tells the engine what the page's `navigator.storage.persist()` answered; workers cannot ask. */
  notePersistence(persisted: boolean): Promise<void>
}

export interface LinkInput {
  readonly label: string
  readonly kind: 'long_lived' | 'one_time'
  readonly limit: number | null
  readonly expiresAtMs: number | null
}
export interface LinkEdit {
  readonly label?: string
  readonly paused?: boolean
  readonly limit?: number | null
}

export type OpenLinkResult =
  | {
      readonly ok: true
      readonly state: 'needs_sign_in' | 'resolved' | 'existing'
      readonly conversationId?: string
    }
  | { readonly ok: false; readonly failure: LinkFailure }

export type LinkFailure =
  | 'not_a_link'
  | 'malformed'
  | 'unknown_version'
  | 'own_link'
  | 'link_gone'
  | 'entitlement_required'
  | 'account_swapped'
  | 'descriptor_forged'
  | 'offline'
  | 'too_many'
  | 'blocked'

export type BeginSignInResult =
  | { readonly ok: true; readonly url: string }
  | { readonly ok: false; readonly failure: 'offline' | 'unsupported_browser' | 'storage_blocked' }

export type SignInResult = { readonly ok: true } | { readonly ok: false; readonly failure: SignInFailure }
export type SignInFailure =
  | 'no_request'
  | 'nonce_mismatch'
  | 'grant_refused'
  | 'account_exists'
  | 'offline'
  | 'unsupported_browser'
  | 'storage_blocked'

export type SendFailure = 'too_long' | 'empty' | 'not_ready' | 'request_limit' | 'blocked' | 'storage_full'
export type SendResult =
  | { readonly ok: true; readonly messageId: string }
  | { readonly ok: false; readonly failure: SendFailure }
export type StartResult =
  | { readonly ok: true; readonly messageId: string; readonly conversationId: string }
  | { readonly ok: false; readonly failure: SendFailure }

export type MakeLinkResult =
  | { readonly ok: true; readonly lookup: string }
  | { readonly ok: false; readonly failure: 'offline' | 'refused' | 'limit' }
