/** One line of text with its name above and a hint below. */
import { useId } from 'react'
import styles from './Field.module.css'

interface FieldProps {
  readonly name: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly onBlur?: () => void
  readonly hint?: string
  readonly trouble?: string | null
  readonly placeholder?: string
  readonly inputMode?: 'text' | 'numeric' | 'url'
  readonly maxLength?: number
  readonly autoComplete?: string
}

export function Field({
  name,
  value,
  onChange,
  hint,
  trouble = null,
  autoComplete = 'off',
  ...rest
}: FieldProps) {
  const inputId = useId()
  const hintId = useId()
  const below = trouble ?? hint
  return (
    <div className={styles['field']}>
      <label htmlFor={inputId} className={styles['name']}>
        {name}
      </label>
      <input
        id={inputId}
        className={styles['input']}
        value={value}
        autoComplete={autoComplete}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={trouble !== null}
        {...(below === undefined ? {} : { 'aria-describedby': hintId })}
        {...rest}
      />
      {below !== undefined && (
        <p id={hintId} className={trouble === null ? styles['hint'] : styles['trouble']}>
          {below}
        </p>
      )}
    </div>
  )
}
