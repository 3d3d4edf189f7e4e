/** Needs you: one line of words and at most one button, above the dock. */
import type { ReactNode } from 'react'
import styles from './Note.module.css'

export function Note({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className={styles['note']}>
      <p className={styles['words']}>{children}</p>
      {action !== undefined && <div className={styles['action']}>{action}</div>}
    </div>
  )
}
