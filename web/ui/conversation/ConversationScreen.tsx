/** A Conversation: who it is with, the log, and the dock that fits where it stands (writing, a Request, a Block). */
import { useCallback, useState } from 'react'
import { Link } from 'wouter'
import type { ConversationSnapshot } from '../../engine/read.ts'
import { Avatar } from '../parts/Avatar.tsx'
import { ButtonLink, IconLink } from '../parts/Button.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Screen, Strip } from '../parts/Screen.tsx'
import { useApp, useConversation, useEngine } from '../read.tsx'
import { useWords } from '../text/text.tsx'
import { Announcer } from './Announcer.tsx'
import { ConversationDock } from './ConversationDock.tsx'
import styles from './ConversationScreen.module.css'
import { MessageDetails } from './MessageDetails.tsx'
import { MessageLog } from './MessageLog.tsx'

interface ConversationScreenProps {
  readonly conversationId: string
  /** The details pane is open beside it. */
  readonly detailed: boolean
}

export function ConversationScreen({ conversationId, detailed }: ConversationScreenProps) {
  const conversation = useConversation(conversationId)
  if (conversation === undefined) return null
  if (conversation === null) return <NoConversation />
  return <OpenConversation key={conversationId} conversation={conversation} detailed={detailed} />
}

function OpenConversation({
  conversation,
  detailed,
}: {
  conversation: ConversationSnapshot
  detailed: boolean
}) {
  const { text } = useWords()
  const engine = useEngine()
  const app = useApp()
  const [asked, setAsked] = useState<string | null>(null)
  const { conversationId } = conversation
  const seen = useCallback(
    (messageId: string) => void engine.markRead(conversationId, messageId),
    [engine, conversationId],
  )
  const message = conversation.messages.find(({ messageId }) => messageId === asked)
  const offline = app !== undefined && app.connection === 'offline'
  return (
    <Screen
      title={conversation.name || text.list.unnamed}
      heading={<Heading conversation={conversation} />}
      back={{ to: '/', name: text.nav.back }}
      actions={<DetailsLink conversationId={conversationId} open={detailed} />}
      strip={offline && <Strip>{text.connection.offline}</Strip>}
      dock={<ConversationDock conversation={conversation} />}
      filled
    >
      <MessageLog conversation={conversation} onDetails={setAsked} onSeen={seen} />
      <Announcer conversation={conversation} />
      {message !== undefined && (
        <MessageDetails message={message} conversation={conversation} onClose={() => setAsked(null)} />
      )}
    </Screen>
  )
}

function Heading({ conversation }: { conversation: ConversationSnapshot }) {
  const { text } = useWords()
  return (
    <Link to={`/conversation/${conversation.conversationId}/details`} className={styles['heading']}>
      <Avatar accountId={conversation.accountId} name={conversation.name} size="header" />
      <span className={styles['words']}>
        <h1 className={styles['name']}>{conversation.name || text.list.unnamed}</h1>
        <span className={styles['state']}>{useStanding(conversation)}</span>
      </span>
    </Link>
  )
}

/** One line under the name: where one stands with them. */
function useStanding(conversation: ConversationSnapshot): string {
  const { text } = useWords()
  switch (conversation.kind) {
    case 'request_in':
      return text.conversation.request
    case 'request_out':
      return text.conversation.asked
    case 'blocked':
      return text.conversation.blocked
    case 'contact':
      return conversation.proof === 'link'
        ? text.conversation.provenByLink
        : text.conversation.devices(conversation.deviceCount)
  }
}

function DetailsLink({ conversationId, open }: { conversationId: string; open: boolean }) {
  const { text } = useWords()
  const closed = `/conversation/${conversationId}`
  return (
    <>
      <span className={styles['onlyNarrow']}>
        <IconLink icon="more" name={text.nav.details} to={`${closed}/details`} />
      </span>
      <span className={styles['onlyWide']}>
        <IconLink
          icon="sidebar"
          name={open ? text.nav.hideDetails : text.nav.details}
          to={open ? closed : `${closed}/details`}
        />
      </span>
    </>
  )
}

function NoConversation() {
  const { text } = useWords()
  return (
    <EmptyState level={1} title={text.trouble.notFound.title} text={text.trouble.notFound.text}>
      <ButtonLink to="/">{text.trouble.toList}</ButtonLink>
    </EmptyState>
  )
}
