/** Somebody's link: who it belongs to, and the first Message to them. Also how one signs in for the first time. */
import { useState, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import type { LinkFailure, SendFailure } from '../../engine/engine.ts'
import type { AppSnapshot, PendingLinkSnapshot } from '../../engine/read.ts'
import { charactersIn, requestCounter } from '../conversation/requestCounter.ts'
import { Button, ButtonLink } from '../parts/Button.tsx'
import { Composer } from '../parts/Composer.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Mark, MeetingMark } from '../parts/Mark.tsx'
import { useEngine } from '../read.tsx'
import { initials } from '../text/names.ts'
import type { Text } from '../text/ru.ts'
import { useWords } from '../text/text.tsx'
import styles from './FirstRun.module.css'
import { useSignIn } from './useSignIn.ts'

export function FirstRun({ app, link }: { app: AppSnapshot; link: PendingLinkSnapshot }) {
  if (link.state === 'failed' && link.failure !== null) return <FailedLink failure={link.failure} />
  return (
    <Frame low={<Low app={app} link={link} />}>
      <Meeting link={link} />
    </Frame>
  )
}

function Frame({ low, children }: { low: ReactNode; children: ReactNode }) {
  const { text } = useWords()
  const leave = useLeave()
  return (
    <div className={styles['frame']}>
      <header className={styles['header']}>
        <Mark size="inline" />
        <span className={styles['wordmark']}>Plasma</span>
        <span className={styles['leave']}>
          <Button look="plain" onClick={() => void leave()}>
            {text.firstRun.notNow}
          </Button>
        </span>
      </header>
      <div className={styles['middle']}>{children}</div>
      <div className={styles['low']}>{low}</div>
    </div>
  )
}

/** Forgets the link and goes to the list. */
function useLeave(): () => Promise<void> {
  const engine = useEngine()
  const [, navigate] = useLocation()
  return async () => {
    await engine.dismissPendingLink()
    navigate('/', { replace: true })
  }
}

function Meeting({ link }: { link: PendingLinkSnapshot }) {
  const { text } = useWords()
  const name = link.name ?? ''
  return (
    <>
      <MeetingMark accountId={link.accountId} initial={initials(name).slice(0, 1)} />
      <h1 className={styles['title']}>{text.firstRun.title}</h1>
      <p className={styles['lead']}>{text.firstRun.lead}</p>
      <section className={styles['owner']}>
        <h2 className={styles['name']}>{name || text.firstRun.someone}</h2>
        {link.platform !== null && (
          <p className={styles['platform']}>{text.firstRun.profileOn(link.platform)}</p>
        )}
        <output className={styles['proof']}>{proofWords(link, text)}</output>
      </section>
    </>
  )
}

function proofWords(link: PendingLinkSnapshot, text: Text): string {
  if (link.proven) return text.firstRun.proven
  return link.state === 'needs_sign_in' ? text.firstRun.provenLater : text.firstRun.checking
}

function Low({ app, link }: { app: AppSnapshot; link: PendingLinkSnapshot }) {
  if (link.state === 'needs_sign_in') return <SignInButton app={app} />
  return <FirstMessage link={link} />
}

function SignInButton({ app }: { app: AppSnapshot }) {
  const { text } = useWords()
  const { signIn, trouble } = useSignIn()
  const platform = app.platform?.name ?? null
  return (
    <>
      {platform !== null && <p className={styles['note']}>{text.firstRun.signInNote(platform)}</p>}
      {trouble !== null && (
        <p className={styles['trouble']} role="alert">
          {trouble.title}. {trouble.text}
        </p>
      )}
      <Button wide look="fill" disabled={app.phase === 'signing_in'} onClick={() => void signIn()}>
        {platform === null ? text.firstRun.signIn : text.firstRun.signInOn(platform)}
      </Button>
    </>
  )
}

function FirstMessage({ link }: { link: PendingLinkSnapshot }) {
  const { text } = useWords()
  const engine = useEngine()
  const [, navigate] = useLocation()
  const [written, setWritten] = useState('')
  const [failure, setFailure] = useState<SendFailure | null>(null)
  const [sending, setSending] = useState(false)
  const used = charactersIn(written)
  const send = async () => {
    setSending(true)
    const result = await engine.startConversation(written.trim())
    setSending(false)
    if (result.ok) navigate(`/conversation/${result.conversationId}`, { replace: true })
    else setFailure(result.failure)
  }
  return (
    <>
      <p className={styles['note']}>{text.firstRun.decides(link.name ?? '')}</p>
      {failure !== null && (
        <p className={styles['trouble']} role="alert">
          {text.trouble.send[failure]}
        </p>
      )}
      <Composer
        value={written}
        place={text.firstRun.place}
        sendName={text.conversation.send}
        disabled={sending}
        waits={link.state !== 'ready'}
        counter={requestCounter(used, text)}
        onChange={setWritten}
        onSend={() => void send()}
      />
    </>
  )
}

/** The link leads nowhere: why, what is safe, and the way on. */
export function FailedLink({ failure }: { failure: LinkFailure }) {
  const { text } = useWords()
  const leave = useLeave()
  const { title, text: explained } = text.trouble.link[failure]
  // The link is kept: the engine tries it again by itself.
  const comesLater = failure === 'offline' || failure === 'too_many'
  return (
    <EmptyState
      level={1}
      look={failure === 'account_swapped' || failure === 'descriptor_forged' ? 'alarm' : 'hollow'}
      title={title}
      text={explained}
    >
      {failure === 'own_link' ? (
        <ButtonLink to="/my-link">{text.links.title}</ButtonLink>
      ) : comesLater ? (
        <ButtonLink to="/">{text.trouble.toList}</ButtonLink>
      ) : (
        <Button onClick={() => void leave()}>{text.trouble.toList}</Button>
      )}
    </EmptyState>
  )
}
