/** One pane's frame: title, what scrolls, and what stays low within reach of a thumb. */
import { useEffect, useRef, type ReactNode } from 'react'
import { IconLink } from './Button.tsx'
import styles from './Screen.module.css'
import { classes } from './classes.ts'

interface ScreenProps {
  readonly title: string
  /** Stands in place of the plain title; the heading is still `title`. */
  readonly heading?: ReactNode
  readonly size?: 'large' | 'medium'
  /** Shown while what it leads to is not beside it: on one pane, or until there are three. */
  readonly back?: { readonly to: string; readonly name: string; readonly until?: 'three_panes' }
  readonly actions?: ReactNode
  /** A line across the pane under the title. */
  readonly strip?: ReactNode
  readonly dock?: ReactNode
  /** The body is a log that scrolls by itself; the dock keeps to its width. */
  readonly filled?: boolean
  /** Takes the focus when it comes on screen, so that a screen reader says where one is. */
  readonly arrive?: boolean
  readonly children: ReactNode
}

export function Screen(props: ScreenProps) {
  const {
    title,
    heading,
    size = 'medium',
    back,
    actions,
    strip,
    dock,
    filled = false,
    arrive = false,
    children,
  } = props
  return (
    <div className={styles['screen']}>
      <header className={styles['header']}>
        {back !== undefined && (
          <span
            className={classes(
              styles['back'],
              back.until === 'three_panes' ? styles['untilThree'] : styles['untilTwo'],
            )}
          >
            <IconLink icon="back" name={back.name} to={back.to} />
          </span>
        )}
        {heading === undefined ? (
          <Title title={title} size={size} arrive={arrive} />
        ) : (
          <div className={styles['heading']}>{heading}</div>
        )}
        <span className={styles['actions']}>{actions}</span>
      </header>
      {strip}
      {filled ? children : <div className={styles['body']}>{children}</div>}
      {dock !== undefined && dock !== null && (
        <div className={classes(styles['dock'], filled && styles['besideLog'])}>{dock}</div>
      )}
    </div>
  )
}

function Title({ title, size, arrive }: { title: string; size: 'large' | 'medium'; arrive: boolean }) {
  const ref = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (arrive) ref.current?.focus({ preventScroll: true })
  }, [arrive])
  return (
    <h1 ref={ref} className={classes(styles['title'], styles[size])} tabIndex={-1}>
      {title}
    </h1>
  )
}

/** A line of state across the pane: grey, no icon, no spinner. */
export function Strip({ children }: { children: ReactNode }) {
  return <output className={styles['strip']}>{children}</output>
}
