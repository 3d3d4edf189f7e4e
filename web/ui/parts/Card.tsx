/** A group of rows on one surface, and the rows: an icon, a name, a second line, something at the end. */
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import styles from './Card.module.css'
import { classes } from './classes.ts'
import { Icon, type IconName } from './Icon.tsx'

export function Card({ children }: { children: ReactNode }) {
  return <div className={styles['card']}>{children}</div>
}

interface RowProps {
  readonly icon?: IconName
  readonly name: string
  readonly note?: ReactNode
  readonly end?: ReactNode
  readonly danger?: boolean
}

/** A row that only shows, or holds a control of its own in `end`. */
export function Row(props: RowProps) {
  return (
    <div className={styles['row']}>
      <RowContent {...props} />
    </div>
  )
}

export function RowLink({ to, ...row }: RowProps & { readonly to: string }) {
  return (
    <Link to={to} className={classes(styles['row'], styles['pressed'])}>
      <RowContent {...row} end={<End>{row.end}</End>} />
    </Link>
  )
}

export function RowButton({ onClick, ...row }: RowProps & { readonly onClick: () => void }) {
  return (
    <button type="button" className={classes(styles['row'], styles['pressed'])} onClick={onClick}>
      <RowContent {...row} />
    </button>
  )
}

function End({ children }: { children: ReactNode }) {
  return (
    <>
      {children}
      <Icon name="forward" size="inline" />
    </>
  )
}

function RowContent({ icon, name, note, end, danger = false }: RowProps) {
  return (
    <>
      {icon !== undefined && (
        <span className={classes(styles['icon'], danger && styles['danger'])}>
          <Icon name={icon} size="row" />
        </span>
      )}
      <span className={styles['words']}>
        <span className={classes(styles['name'], danger && styles['danger'])}>{name}</span>
        {note !== undefined && <span className={styles['note']}>{note}</span>}
      </span>
      {end !== undefined && <span className={styles['end']}>{end}</span>}
    </>
  )
}
