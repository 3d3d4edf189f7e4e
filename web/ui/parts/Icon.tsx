/** An icon in the colour of its text. Never alone as a meaning: its button or row has the name. */
import { OUTLINES, type IconName } from './icons.ts'
import styles from './Icon.module.css'
import { classes } from './classes.ts'

export type { IconName }

interface IconProps {
  readonly name: IconName
  /** 24 in buttons, 22 in settings rows, 18 inline. */
  readonly size?: 'button' | 'row' | 'inline'
}

export function Icon({ name, size = 'button' }: IconProps) {
  return (
    <svg className={classes(styles['icon'], styles[size])} viewBox="0 0 256 256" aria-hidden="true">
      <path d={OUTLINES[name]} />
    </svg>
  )
}
