/** What the thumb reaches from the list: one's link, search, and opening somebody's link. */
import { useEffect, useRef } from 'react'
import { IconLink } from '../parts/Button.tsx'
import { Icon } from '../parts/Icon.tsx'
import { useWords } from '../text/text.tsx'
import styles from './Dock.module.css'

interface DockProps {
  readonly query: string
  readonly canStart: boolean
  readonly onQuery: (query: string) => void
}

export function Dock({ query, canStart, onQuery }: DockProps) {
  const { text } = useWords()
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const focusSearch = (event: KeyboardEvent) => {
      if (event.code !== 'KeyK' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      input.current?.focus()
    }
    addEventListener('keydown', focusSearch)
    return () => removeEventListener('keydown', focusSearch)
  }, [])
  return (
    <div className={styles['dock']}>
      <span className={styles['onlyNarrow']}>
        <IconLink icon="qr" name={text.nav.myLink} to="/my-link" look="raised" />
      </span>
      <label className={styles['search']}>
        <Icon name="search" />
        <input
          ref={input}
          type="search"
          className={styles['input']}
          value={query}
          aria-label={text.list.search}
          placeholder={text.list.search}
          autoComplete="off"
          onChange={(event) => onQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape' || query === '') return
            event.stopPropagation()
            onQuery('')
          }}
        />
        <kbd className={styles['shortcut']} aria-hidden="true">
          Ctrl K
        </kbd>
      </label>
      {canStart && <IconLink icon="plus" name={text.nav.openLink} to="/scan" look="fill" />}
    </div>
  )
}
