/** The whole interface: language and appearance, then what the engine's phase allows to show. */
import type { ReactNode } from 'react'
import { Redirect, Route, Switch, useRoute } from 'wouter'
import type { LinkFailure, SignInFailure } from '../../engine/engine.ts'
import type { AppSnapshot } from '../../engine/read.ts'
import { Scan } from './laterScreens.tsx'
import { FailedLink, FirstRun } from '../onboarding/FirstRun.tsx'
import { Stopped } from '../onboarding/Stopped.tsx'
import { AnotherAccount, SigningIn, Welcome } from '../onboarding/Welcome.tsx'
import { ToastProvider } from '../parts/Toast.tsx'
import { useApp } from '../read.tsx'
import { languageOf, TextProvider, useWords } from '../text/text.tsx'
import styles from './App.module.css'
import { useAppearance, useTitle } from './appearance.ts'
import { Panes } from './Panes.tsx'

/** What the page was opened for and could not do. */
export interface ArrivalFailure {
  readonly signIn: SignInFailure | null
  readonly link: LinkFailure | null
}

interface AppProps {
  readonly failure: ArrivalFailure
  /** A word from the composition root, such as that a new version is ready. */
  readonly notice: ReactNode
}

export function App({ failure, notice }: AppProps) {
  const app = useApp()
  const language = languageOf(app?.settings.language ?? 'auto', navigator.languages)
  useAppearance(app?.settings, language)
  useTitle(app?.unreadCount ?? 0)
  return (
    <TextProvider language={language}>
      <ToastProvider>
        <div className={styles['shell']}>
          {app !== undefined && <Phase app={app} failure={failure} notice={notice} />}
        </div>
      </ToastProvider>
    </TextProvider>
  )
}

function Phase({ app, failure, notice }: AppProps & { readonly app: AppSnapshot }) {
  switch (app.phase) {
    case 'starting':
      return null
    case 'stopped':
      return <Whole>{app.stop !== null && <Stopped reason={app.stop} />}</Whole>
    case 'another_account':
      return (
        <Whole>
          <AnotherAccount />
        </Whole>
      )
    case 'signing_in':
      return (
        <Whole>
          <SigningIn />
        </Whole>
      )
    case 'signed_out':
      return <SignedOut app={app} failure={failure} />
    case 'ready':
      return <Ready app={app} failure={failure} notice={notice} />
  }
}

function SignedOut({ app, failure }: { app: AppSnapshot; failure: ArrivalFailure }) {
  const { text } = useWords()
  const failed = failure.signIn === null ? null : text.trouble.signIn[failure.signIn]
  return (
    <Whole>
      <Switch>
        <Route path="/scan">
          {app.pendingLink === null ? <Scan /> : <FirstRun app={app} link={app.pendingLink} />}
        </Route>
        <Route>
          {failure.link !== null && app.pendingLink === null ? (
            <FailedLink failure={failure.link} />
          ) : app.pendingLink !== null && failed === null ? (
            <FirstRun app={app} link={app.pendingLink} />
          ) : (
            <Welcome app={app} failed={failed} />
          )}
        </Route>
      </Switch>
    </Whole>
  )
}

function Ready({ app, failure, notice }: AppProps & { readonly app: AppSnapshot }) {
  const [atLink] = useRoute('/c/*?')
  const [atSignedIn] = useRoute('/signed-in')
  if (atSignedIn) return <Redirect to={app.pendingLink === null ? '/' : '/c'} replace />
  if (atLink && app.pendingLink !== null)
    return (
      <Whole>
        <FirstRun app={app} link={app.pendingLink} />
      </Whole>
    )
  if (atLink && failure.link !== null)
    return (
      <Whole>
        <FailedLink failure={failure.link} />
      </Whole>
    )
  return <Panes notice={notice} />
}

/** One pane that fills the window. */
function Whole({ children }: { children: ReactNode }) {
  return <main className={styles['whole']}>{children}</main>
}
