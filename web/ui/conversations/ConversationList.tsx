/** The list of Conversations: Requests folded into one row, search as one types, the dock below. */
import { useDeferredValue, useState, type ReactNode } from 'react'
import { Link } from 'wouter'
import type { AppSnapshot, ConversationRow as RowSnapshot } from '../../engine/read.ts'
import { Button, ButtonLink, IconLink } from '../parts/Button.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Icon } from '../parts/Icon.tsx'
import { Mark } from '../parts/Mark.tsx'
import { Note } from '../parts/Note.tsx'
import { Screen, Strip } from '../parts/Screen.tsx'
import { useApp, useConversations } from '../read.tsx'
import { useWords } from '../text/text.tsx'
import { useToday } from '../text/today.ts'
import { ConversationRow, moveFocus } from './ConversationRow.tsx'
import { Dock } from './Dock.tsx'
import styles from './ConversationList.module.css'
import { matching } from './search.ts'

interface ConversationListProps {
  readonly chosenId: string | null
  /** A word from the composition root, such as that a new version is ready. */
  readonly notice: ReactNode
}

export function ConversationList({ chosenId, notice }: ConversationListProps) {
  const { text } = useWords()
  const app = useApp()
  const rows = useConversations()
  const [query, setQuery] = useState('')
  if (app === undefined || rows === undefined) return null
  const connection = app.connection === 'online' ? null : text.connection[app.connection]
  return (
    <Screen
      title={text.list.title}
      size="large"
      actions={
        <>
          <span className={styles['onlyWide']}>
            <IconLink icon="qr" name={text.nav.myLink} to="/my-link" />
          </span>
          <IconLink icon="settings" name={text.nav.settings} to="/settings" />
        </>
      }
      strip={connection !== null && <Strip>{connection}</Strip>}
      dock={<ListDock app={app} notice={notice} query={query} onQuery={setQuery} />}
    >
      {rows.length === 0 && app.requestCount === 0 ? (
        <Empty />
      ) : (
        <Rows rows={rows} query={query} chosenId={chosenId} app={app} />
      )}
    </Screen>
  )
}

interface RowsProps {
  readonly rows: readonly RowSnapshot[]
  readonly query: string
  readonly chosenId: string | null
  readonly app: AppSnapshot
}

function Rows({ rows, query, chosenId, app }: RowsProps) {
  const { text } = useWords()
  const settledQuery = useDeferredValue(query)
  const found = matching(rows, settledQuery)
  const inTabOrder = found.some((row) => row.conversationId === chosenId)
    ? chosenId
    : found[0]?.conversationId
  return (
    <>
      {app.requestCount > 0 && settledQuery === '' && <RequestsRow count={app.requestCount} />}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrows among the links inside */}
      <ul className={styles['rows']} onKeyDown={moveFocus}>
        {found.map((row) => (
          <li key={row.conversationId}>
            <ConversationRow
              row={row}
              chosen={row.conversationId === chosenId}
              offline={app.connection === 'offline'}
              tabIndex={row.conversationId === inTabOrder ? 0 : -1}
            />
          </li>
        ))}
      </ul>
      {found.length === 0 && settledQuery !== '' && (
        <p className={styles['nothing']}>{text.list.nothing(settledQuery)}</p>
      )}
    </>
  )
}

function RequestsRow({ count }: { count: number }) {
  const { text } = useWords()
  return (
    <Link to="/requests" className={styles['requests']}>
      <span className={styles['requestsMark']}>
        <Mark look="requests" size="row" />
      </span>
      <span className={styles['requestsWords']}>
        <span className={styles['requestsTitle']}>{text.list.requests(count)}</span>
        <span className={styles['requestsNote']}>{text.list.requestsNote}</span>
      </span>
      <Icon name="forward" size="inline" />
    </Link>
  )
}

function Empty() {
  const { text } = useWords()
  return (
    <EmptyState title={text.empty.title} text={text.empty.text}>
      <ButtonLink to="/my-link" look="fill">
        {text.empty.myLink}
      </ButtonLink>
      <ButtonLink to="/scan">{text.empty.scan}</ButtonLink>
    </EmptyState>
  )
}

interface ListDockProps {
  readonly app: AppSnapshot
  readonly notice: ReactNode
  readonly query: string
  readonly onQuery: (query: string) => void
}

function ListDock({ app, notice, query, onQuery }: ListDockProps) {
  const { text } = useWords()
  const canStart = app.entitlement?.start !== false
  return (
    <div className={styles['dock']}>
      {notice}
      {app.pendingLink?.state === 'ready' && (
        <Note action={<ButtonLink to="/c">{text.list.write}</ButtonLink>}>
          {text.list.pending(app.pendingLink.name ?? '')}
        </Note>
      )}
      {!canStart && <Expired app={app} />}
      <Dock query={query} canStart={canStart} onQuery={onQuery} />
    </div>
  )
}

function Expired({ app }: { app: AppSnapshot }) {
  const today = useToday()
  const { text, dates } = useWords()
  const { platform, entitlement } = app
  if (platform === null || entitlement === null) return null
  const { untilMs } = entitlement
  return (
    <Note
      action={
        <Button onClick={() => location.assign(new URL(platform.signInUrl).origin)}>
          {text.expired.renew}
        </Button>
      }
    >
      {untilMs === null
        ? text.expired.none(platform.name)
        : text.expired.until(dates.listed(untilMs, today), platform.name)}
    </Note>
  )
}
