/** The scenes of the gallery: a place in the app and what the engine would say there. */
import type { AppSnapshot, ConversationSnapshot, Queries, QueryKey, Settings } from '../../web/engine/read.ts'
import {
  annasMessages,
  conversations,
  links,
  manyMessages,
  NOW_MS,
  requests,
  SPOKEN,
  type Language,
} from './people.ts'

export type SceneName = (typeof SCENES)[number]
export const SCENES = [
  'list',
  'offline',
  'empty',
  'expired',
  'conversation',
  'details',
  'long',
  'longUnread',
  'fork',
  'request',
  'requestOut',
  'blocked',
  'requests',
  'firstRun',
  'firstRunSignIn',
  'linkFailed',
  'welcome',
  'myLink',
  'noLink',
  'scan',
  'settings',
  'stopped',
  'anotherAccount',
] as const

export interface Scene {
  readonly path: string
  readonly snapshots: Partial<Queries>
}

export function scene(name: SceneName, language: Language, theme: Settings['theme']): Scene {
  const spoken = SPOKEN[language]
  const app = ready(language, theme)
  const anna: ConversationSnapshot = {
    conversationId: 'anna',
    accountId: 'anna-veres-2',
    name: spoken.anna,
    kind: 'contact',
    deviceCount: 2,
    proof: 'link',
    chainState: 'ok',
    freshSinceMs: null,
    messages: annasMessages(language),
    firstUnreadId: 'm4',
    draft: '',
    canWrite: true,
    requestCharactersLeft: null,
    safety: {
      words: [23, 812, 1490, 2001],
      digits: '482109375501826493751028465019384756102938475610293847561042',
    },
  }
  const base: Partial<Queries> = {
    app,
    conversations: conversations(language),
    requests: requests(language),
    links: links(language),
    'conversation:anna': anna,
  }
  const at = (path: string, changed: Partial<Queries> = {}): Scene => ({
    path,
    snapshots: { ...base, ...changed },
  })
  const withAnna = (changed: Partial<ConversationSnapshot>) =>
    at('/conversation/anna', { 'conversation:anna': { ...anna, ...changed } })
  const signedOut = (changed: Partial<AppSnapshot>, path = '/') =>
    at(path, { app: { ...app, phase: 'signed_out', account: null, ...changed } })
  const link = {
    state: 'ready',
    failure: null,
    name: spoken.anna,
    platform: 'ceramics.example',
    accountId: 'anna-veres-2',
    proven: true,
  } as const
  const none: Partial<Record<QueryKey, never[]>> = { conversations: [], requests: [] }

  switch (name) {
    case 'list':
      return at('/')
    case 'offline':
      return at('/', { app: { ...app, connection: 'offline', requestCount: 0 } })
    case 'empty':
      return at('/', { ...none, app: { ...app, requestCount: 0 } })
    case 'expired':
      return at('/', {
        app: { ...app, entitlement: { start: false, reply: true, untilMs: NOW_MS - 2 * 86_400_000 } },
      })
    case 'conversation':
      return at('/conversation/anna')
    case 'details':
      return at('/conversation/anna/details')
    case 'long':
      return withAnna({ messages: manyMessages(language, 5_000), firstUnreadId: null })
    case 'longUnread':
      return withAnna({ messages: manyMessages(language, 5_000), firstUnreadId: 'n4900' })
    case 'fork':
      return withAnna({ chainState: 'fork', canWrite: false })
    case 'request':
      return withAnna({
        kind: 'request_in',
        proof: 'unproven',
        messages: anna.messages.slice(0, 1),
        firstUnreadId: null,
        canWrite: false,
      })
    case 'requestOut':
      return withAnna({
        kind: 'request_out',
        messages: anna.messages.filter(({ own }) => own).slice(0, 1),
        requestCharactersLeft: 245,
        firstUnreadId: null,
      })
    case 'blocked':
      return withAnna({ kind: 'blocked', canWrite: false })
    case 'requests':
      return at('/requests')
    case 'firstRun':
      return at('/c', { app: { ...app, pendingLink: link } })
    case 'firstRunSignIn':
      return signedOut(
        { pendingLink: { ...link, state: 'needs_sign_in', name: null, platform: null, proven: false } },
        '/c',
      )
    case 'linkFailed':
      return at('/c', {
        app: { ...app, pendingLink: { ...link, state: 'failed', failure: 'account_swapped' } },
      })
    case 'welcome':
      return signedOut({})
    case 'myLink':
      return at('/my-link')
    case 'noLink':
      return at('/my-link', { links: [] })
    case 'scan':
      return at('/scan')
    case 'settings':
      return at('/settings')
    case 'stopped':
      return signedOut({ phase: 'stopped', stop: 'storage_blocked' })
    case 'anotherAccount':
      return signedOut({ phase: 'another_account' })
  }
}

function ready(language: Language, theme: Settings['theme']): AppSnapshot {
  return {
    phase: 'ready',
    stop: null,
    connection: 'online',
    caughtUp: true,
    platform: {
      name: 'ceramics.example',
      signInUrl: 'https://ceramics.example/plasma/sign-in',
      profileLinkUrl: 'https://ceramics.example/plasma/link',
    },
    account: { accountId: 'me', name: SPOKEN[language].me, deviceCount: 1 },
    entitlement: { start: true, reply: true, untilMs: null },
    pendingLink: null,
    storage: { persisted: false, keys: 'native' },
    settings: { theme, language, readReceipts: true, density: 'cozy' },
    outboxCount: 2,
    unreadCount: 3,
    requestCount: 2,
  }
}
