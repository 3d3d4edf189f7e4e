/** My QR and link: the code that works without a network, what to do with it, and all one's links. */
import { useState } from 'react'
import type { LinkRow } from '../../engine/read.ts'
import { Button, IconButton } from '../parts/Button.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { QrCard } from '../parts/QrCard.tsx'
import { Screen } from '../parts/Screen.tsx'
import { useApp, useEngine, useLinks } from '../read.tsx'
import { useWords } from '../text/text.tsx'
import { LinkActions } from './LinkActions.tsx'
import { LinkEditor } from './LinkEditor.tsx'
import { LinkList } from './LinkList.tsx'
import { LinkMaker } from './LinkMaker.tsx'
import styles from './MyLink.module.css'

type Asked = { readonly sheet: 'none' | 'make' } | { readonly sheet: 'edit'; readonly lookup: string }

export function MyLink() {
  const { text } = useWords()
  const links = useLinks()
  const [chosen, setChosen] = useState<string | null>(null)
  const [asked, setAsked] = useState<Asked>({ sheet: 'none' })
  if (links === undefined) return null
  const usable = links.filter(({ state }) => state === 'active' || state === 'paused')
  const shown =
    usable.find(({ lookup }) => lookup === chosen) ??
    usable.find(({ state }) => state === 'active') ??
    usable[0]
  const edited = asked.sheet === 'edit' ? links.find(({ lookup }) => lookup === asked.lookup) : undefined
  const close = () => setAsked({ sheet: 'none' })
  return (
    <Screen
      title={text.links.title}
      back={{ to: '/', name: text.nav.back }}
      actions={
        shown !== undefined && (
          <IconButton
            icon="more"
            name={text.links.more(shown.label)}
            onClick={() => setAsked({ sheet: 'edit', lookup: shown.lookup })}
          />
        )
      }
      arrive
    >
      {shown === undefined ? (
        <FirstLink onMade={setChosen} />
      ) : (
        <div className={styles['page']}>
          <ShownLink link={shown} />
          <LinkList
            links={links}
            shown={shown.lookup}
            onShow={setChosen}
            onMake={() => setAsked({ sheet: 'make' })}
          />
        </div>
      )}
      {asked.sheet === 'make' && <LinkMaker onMade={setChosen} onClose={close} />}
      {edited !== undefined && <LinkEditor link={edited} onReplaced={setChosen} onClose={close} />}
    </Screen>
  )
}

/** The first link needs no form: one for the profile, to be renamed or limited later. */
function FirstLink({ onMade }: { onMade: (lookup: string) => void }) {
  const { text } = useWords()
  const engine = useEngine()
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<string | null>(null)
  const make = async () => {
    setBusy(true)
    const input = {
      label: text.links.defaultLabel,
      kind: 'long_lived',
      limit: null,
      expiresAtMs: null,
    } as const
    const made = await engine.makeLink(input)
    setBusy(false)
    if (made.ok) onMade(made.lookup)
    else setTrouble(text.links.failure[made.failure])
  }
  return (
    <EmptyState title={text.links.emptyTitle} text={trouble ?? text.links.emptyText}>
      <Button look="fill" disabled={busy} onClick={() => void make()}>
        {text.links.makeFirst}
      </Button>
    </EmptyState>
  )
}

function ShownLink({ link }: { link: LinkRow }) {
  const { text } = useWords()
  const platform = useApp()?.platform ?? null
  const profileLinkUrl = platform?.profileLinkUrl ?? null
  return (
    <>
      <QrCard
        url={link.url}
        label={link.label}
        name={text.links.picture(link.label)}
        faded={link.state !== 'active' || !link.published}
      />
      <LinkActions link={link} />
      {platform !== null && profileLinkUrl !== null && (
        <Button look="fill" wide onClick={() => location.assign(`${profileLinkUrl}#${link.url}`)}>
          {text.links.addToProfile(platform.name)}
        </Button>
      )}
      <p className={styles['note']}>{link.kind === 'one_time' ? text.links.oneTimeNote : text.links.note}</p>
    </>
  )
}
