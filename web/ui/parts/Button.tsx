/** A button or a link that looks like one. At most one `fill` a view beside send and add. */
import type { MouseEvent, ReactNode } from 'react'
import { Link } from 'wouter'
import styles from './Button.module.css'
import { classes } from './classes.ts'
import { Icon, type IconName } from './Icon.tsx'

type Look = 'fill' | 'neutral' | 'plain' | 'danger'

interface ButtonProps {
  readonly children: ReactNode
  readonly look?: Look
  readonly wide?: boolean
  readonly disabled?: boolean
  readonly type?: 'button' | 'submit'
  readonly autoFocus?: boolean
  readonly onClick?: () => void
}

export function Button({ children, look = 'neutral', wide = false, type = 'button', ...rest }: ButtonProps) {
  return (
    <button type={type} className={classes(styles['button'], styles[look], wide && styles['wide'])} {...rest}>
      {children}
    </button>
  )
}

interface ButtonLinkProps {
  readonly children: ReactNode
  readonly to: string
  readonly look?: Look
}

export function ButtonLink({ children, to, look = 'neutral' }: ButtonLinkProps) {
  return (
    <Link to={to} className={classes(styles['button'], styles[look])}>
      {children}
    </Link>
  )
}

interface IconButtonProps {
  readonly icon: IconName
  /** What it does, spoken and shown on hover. */
  readonly name: string
  readonly look?: 'bare' | 'raised' | 'fill'
  readonly disabled?: boolean
  readonly type?: 'button' | 'submit'
  /** A press leaves the focus where it is, so that a phone's keyboard stays open. */
  readonly keepsFocus?: boolean
  readonly onClick?: () => void
}

export function IconButton({
  icon,
  name,
  look = 'bare',
  type = 'button',
  keepsFocus = false,
  ...rest
}: IconButtonProps) {
  return (
    <button
      type={type}
      className={classes(styles['icon'], styles[look])}
      aria-label={name}
      title={name}
      {...(keepsFocus ? { onMouseDown: keepFocus } : {})}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  )
}

function keepFocus(event: MouseEvent): void {
  event.preventDefault()
}

interface IconLinkProps {
  readonly icon: IconName
  readonly name: string
  readonly to: string
  readonly look?: 'bare' | 'raised' | 'fill'
}

export function IconLink({ icon, name, to, look = 'bare' }: IconLinkProps) {
  return (
    <Link to={to} className={classes(styles['icon'], styles[look])} aria-label={name} title={name}>
      <Icon name={icon} />
    </Link>
  )
}
