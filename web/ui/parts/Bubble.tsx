/** One Message's text. A group is one block cut by thin gaps: outer corners round, inner ones nearly square. */
import type { ReactNode } from 'react'
import styles from './Bubble.module.css'
import { classes } from './classes.ts'

interface BubbleProps {
  readonly own: boolean
  readonly first: boolean
  readonly last: boolean
  /** A place kept for a Message that is not here: outlined, in the second ink. */
  readonly hollow?: boolean
  readonly children: ReactNode
}

export function Bubble({ own, first, last, hollow = false, children }: BubbleProps) {
  return (
    <div
      className={classes(
        styles['bubble'],
        own ? styles['own'] : styles['theirs'],
        first && styles['first'],
        last && styles['last'],
        hollow && styles['hollow'],
      )}
    >
      {children}
    </div>
  )
}
