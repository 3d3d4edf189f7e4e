/** Teaches one thing, or says what happened and what is safe; at most two buttons. */
import type { ReactNode } from 'react'
import styles from './EmptyState.module.css'
import { Mark } from './Mark.tsx'

interface EmptyStateProps {
  readonly title: string
  readonly text: string
  readonly look?: 'hollow' | 'alarm' | 'brand'
  /** The page's only heading, or one below the pane's. */
  readonly level?: 1 | 2
  readonly children?: ReactNode
}

export function EmptyState({ title, text, look = 'hollow', level = 2, children }: EmptyStateProps) {
  const Heading = level === 1 ? 'h1' : 'h2'
  return (
    <section className={styles['empty']}>
      <Mark look={look} size="page" />
      <Heading className={styles['title']}>{title}</Heading>
      <p className={styles['text']}>{text}</p>
      {children !== undefined && <div className={styles['actions']}>{children}</div>}
    </section>
  )
}
