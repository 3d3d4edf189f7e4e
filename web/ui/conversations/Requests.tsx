/** Requests of others: what each wrote, Accept or Block. They learn nothing until accepted. */
import { Link, useLocation } from 'wouter'
import type { ConversationRow as RowSnapshot } from '../../engine/read.ts'
import { Avatar } from '../parts/Avatar.tsx'
import { Button } from '../parts/Button.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Screen } from '../parts/Screen.tsx'
import { useEngine, useRequests } from '../read.tsx'
import { useWords } from '../text/text.tsx'
import { useToday } from '../text/today.ts'
import styles from './Requests.module.css'

export function Requests() {
  const { text } = useWords()
  const requests = useRequests()
  if (requests === undefined) return null
  return (
    <Screen title={text.requests.title} back={{ to: '/', name: text.nav.back }} arrive>
      {requests.length === 0 ? (
        <EmptyState title={text.requests.emptyTitle} text={text.requests.emptyText} />
      ) : (
        <div className={styles['requests']}>
          <p className={styles['note']}>{text.requests.note}</p>
          <ul className={styles['list']}>
            {requests.map((request) => (
              <li key={request.conversationId}>
                <RequestCard request={request} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </Screen>
  )
}

function RequestCard({ request }: { request: RowSnapshot }) {
  const { text, dates } = useWords()
  const today = useToday()
  const engine = useEngine()
  const [, navigate] = useLocation()
  const name = request.name || text.list.unnamed
  const address = `/conversation/${request.conversationId}`
  const accept = async () => {
    await engine.acceptRequest(request.conversationId)
    navigate(address)
  }
  return (
    <article className={styles['card']}>
      <Link to={address} className={styles['open']}>
        <Avatar accountId={request.accountId} name={request.name} size="header" />
        <span className={styles['who']}>
          <span className={styles['name']}>{name}</span>
          <time className={styles['time']}>{dates.listed(request.atMs, today)}</time>
        </span>
      </Link>
      <p className={styles['text']}>
        {request.preview.kind === 'on_its_way' ? text.list.onItsWay : request.preview.text}
      </p>
      <div className={styles['actions']}>
        <Button onClick={() => void accept()}>{text.requests.accept}</Button>
        <Button look="plain" onClick={() => void engine.block(request.conversationId)}>
          {text.requests.block}
        </Button>
      </div>
    </article>
  )
}
