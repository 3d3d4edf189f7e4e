/** A disc of two tones with initials. The name stands beside it, so it says nothing by itself. */
import { initials } from '../text/names.ts'
import styles from './Avatar.module.css'
import { classes } from './classes.ts'
import { angleOf, hueOf } from './identity.ts'

interface AvatarProps {
  readonly accountId: string
  readonly name: string
  readonly size?: 'row' | 'header' | 'page'
}

export function Avatar({ accountId, name, size = 'row' }: AvatarProps) {
  return (
    <svg
      className={classes(styles['avatar'], styles[size])}
      viewBox="-50 -50 100 100"
      aria-hidden="true"
      data-hue={hueOf(accountId)}
    >
      <circle className={styles['first']} r="50" />
      <path
        className={styles['second']}
        d="M0-50A50 50 0 0 1 0 50Z"
        transform={`rotate(${angleOf(accountId)})`}
      />
      <text className={styles['initials']} y="12.6">
        {initials(name)}
      </text>
    </svg>
  )
}
