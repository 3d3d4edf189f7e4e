/** A Device without an Account and without a link: what this is, and the two ways in. */
import { useState } from 'react'
import type { AppSnapshot } from '../../engine/read.ts'
import { Button, ButtonLink } from '../parts/Button.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { useEngine } from '../read.tsx'
import type { Trouble } from '../text/ruTroubles.ts'
import { useWords } from '../text/text.tsx'
import { useSignIn } from './useSignIn.ts'

/** `failed`: what a sign-in that just came back failed with. */
export function Welcome({ app, failed }: { app: AppSnapshot; failed: Trouble | null }) {
  const { text } = useWords()
  const { signIn, trouble } = useSignIn()
  const said = trouble ?? failed
  return (
    <EmptyState
      level={1}
      look={said === null ? 'brand' : 'hollow'}
      title={said?.title ?? text.welcome.title}
      text={said?.text ?? text.welcome.lead}
    >
      {app.platform !== null && (
        <Button look="fill" onClick={() => void signIn()}>
          {text.welcome.signInOn(app.platform.name)}
        </Button>
      )}
      <ButtonLink to="/scan">{text.welcome.openLink}</ButtonLink>
    </EmptyState>
  )
}

/** The moment after the Platform sent one back. */
export function SigningIn() {
  const { text } = useWords()
  return (
    <EmptyState level={1} look="brand" title={text.welcome.signingIn} text={text.welcome.signingInNote} />
  )
}

/** The Grant belongs to somebody else than this Device's Account. */
export function AnotherAccount() {
  const { text } = useWords()
  const engine = useEngine()
  const { signIn } = useSignIn()
  const [asked, setAsked] = useState(false)
  const { title, text: explained } = text.trouble.anotherAccount
  if (asked) {
    return (
      <EmptyState level={1} title={text.settings.signOutTitle} text={text.settings.signOutText}>
        <Button look="danger" onClick={() => void engine.signOut()}>
          {text.settings.signOutAction}
        </Button>
        <Button onClick={() => setAsked(false)}>{text.nav.cancel}</Button>
      </EmptyState>
    )
  }
  return (
    <EmptyState level={1} title={title} text={explained}>
      <Button look="fill" onClick={() => void signIn()}>
        {text.nav.retry}
      </Button>
      <Button look="danger" onClick={() => setAsked(true)}>
        {text.settings.signOutAction}
      </Button>
    </EmptyState>
  )
}
