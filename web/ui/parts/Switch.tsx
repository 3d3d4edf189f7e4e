/** On or off, at once. */
import styles from './Switch.module.css'

interface SwitchProps {
  readonly name: string
  readonly on: boolean
  readonly disabled?: boolean
  readonly onChange: (on: boolean) => void
}

export function Switch({ name, on, disabled = false, onChange }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      aria-label={name}
      disabled={disabled}
      className={styles['switch']}
      onClick={() => onChange(!on)}
    >
      <span className={styles['track']}>
        <span className={styles['knob']} />
      </span>
    </button>
  )
}
