/** All one's links: which is shown above, which take Requests, and how many came. */
import type { LinkRow } from '../../engine/read.ts'
import { Card, RowButton } from '../parts/Card.tsx'
import { Icon } from '../parts/Icon.tsx'
import { Switch } from '../parts/Switch.tsx'
import { useToast } from '../parts/Toast.tsx'
import { useEngine } from '../read.tsx'
import { useWords, type Words } from '../text/text.tsx'
import styles from './LinkList.module.css'

interface LinkListProps {
  readonly links: readonly LinkRow[]
  readonly shown: string
  readonly onShow: (lookup: string) => void
  readonly onMake: () => void
}

export function LinkList({ links, shown, onShow, onMake }: LinkListProps) {
  const { text } = useWords()
  return (
    <section className={styles['section']}>
      <h2 className={styles['title']}>{text.links.all}</h2>
      <ul className={styles['list']}>
        {links.map((link) => (
          <LinkEntry key={link.lookup} link={link} shown={link.lookup === shown} onShow={onShow} />
        ))}
      </ul>
      <Card>
        <RowButton icon="plus" name={text.links.make} onClick={onMake} />
      </Card>
    </section>
  )
}

interface LinkEntryProps extends Pick<LinkListProps, 'onShow'> {
  readonly link: LinkRow
  readonly shown: boolean
}

function LinkEntry({ link, shown, onShow }: LinkEntryProps) {
  const words = useWords()
  const { text } = words
  const engine = useEngine()
  const say = useToast()
  const usable = link.state === 'active' || link.state === 'paused'
  const change = async (active: boolean) => {
    const { ok } = await engine.changeLink(link.lookup, { paused: !active })
    if (!ok) say(text.links.refused)
  }
  return (
    <li className={styles['entry']}>
      <button
        type="button"
        className={styles['show']}
        disabled={!usable}
        aria-current={shown ? 'true' : undefined}
        onClick={() => onShow(link.lookup)}
      >
        <Icon name="link" size="row" />
        <span className={styles['words']}>
          <span className={styles['name']}>{link.label}</span>
          <span className={styles['state']}>{linkWords(link, words)}</span>
        </span>
      </button>
      {usable && (
        <>
          <Switch
            name={text.links.on(link.label)}
            on={link.state === 'active'}
            onChange={(on) => void change(on)}
          />
        </>
      )}
    </li>
  )
}

function linkWords(link: LinkRow, { text }: Words): string {
  if (!link.published) return text.links.unpublished
  const count =
    link.limit === null ? text.links.wrote(link.resolved) : text.links.uses(link.resolved, link.limit)
  return `${text.links.state[link.state]} · ${count}`
}
