/** List, conversation, details: one at a time on a phone, two or three side by side where they fit. */
import { useEffect, useEffectEvent, type ReactNode } from 'react'
import { Route, Switch, useLocation, useRoute } from 'wouter'
import { ContactDetails } from '../contacts/ContactDetails.tsx'
import { ConversationScreen } from '../conversation/ConversationScreen.tsx'
import { ConversationList } from '../conversations/ConversationList.tsx'
import { Requests } from '../conversations/Requests.tsx'
import { MyLink, Scan, Settings } from './laterScreens.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { useWords } from '../text/text.tsx'
import styles from './Panes.module.css'

export function Panes({ notice }: { notice: ReactNode }) {
  const { text } = useWords()
  const place = usePlace()
  useEscape(place)
  return (
    <div className={styles['panes']} data-view={place.view}>
      <section className={styles['list']} aria-label={text.list.title}>
        <ConversationList chosenId={place.conversationId} notice={notice} />
      </section>
      <main className={styles['main']}>
        <Switch>
          <Route path="/conversation/:id/*?">
            {({ id }) => (
              <ConversationScreen key={id} conversationId={id} detailed={place.view === 'details'} />
            )}
          </Route>
          <Route path="/requests">
            <Requests />
          </Route>
          <Route path="/my-link">
            <MyLink />
          </Route>
          <Route path="/scan">
            <Scan />
          </Route>
          <Route path="/settings">
            <Settings />
          </Route>
          <Route>
            <EmptyState title={text.list.choose} text={text.list.chooseNote} />
          </Route>
        </Switch>
      </main>
      {place.view === 'details' && place.conversationId !== null && (
        <aside className={styles['details']} aria-label={text.contact.title}>
          <ContactDetails key={place.conversationId} conversationId={place.conversationId} />
        </aside>
      )}
    </div>
  )
}

interface Place {
  readonly view: 'list' | 'main' | 'details'
  readonly conversationId: string | null
}

const MAIN = ['/requests', '/my-link', '/scan', '/settings']

function usePlace(): Place {
  const [path] = useLocation()
  const [inConversation, conversation] = useRoute('/conversation/:id')
  const [inDetails, details] = useRoute('/conversation/:id/details')
  if (inDetails) return { view: 'details', conversationId: details.id }
  if (inConversation) return { view: 'main', conversationId: conversation.id }
  return { view: MAIN.includes(path) ? 'main' : 'list', conversationId: null }
}

/** Escape goes one step back: details, conversation, list. */
function useEscape({ view, conversationId }: Place): void {
  const [, navigate] = useLocation()
  const goBack = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented || view === 'list') return
    navigate(view === 'details' && conversationId !== null ? `/conversation/${conversationId}` : '/')
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => goBack(event)
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
}
