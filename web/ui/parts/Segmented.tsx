/** One of a few, all in sight. Radio buttons, so that arrows move the choice. */
import { useId } from 'react'
import styles from './Segmented.module.css'

interface SegmentedProps<V extends string> {
  readonly name: string
  readonly value: V
  readonly options: readonly { readonly value: V; readonly name: string }[]
  readonly onChange: (value: V) => void
}

export function Segmented<V extends string>({ name, value, options, onChange }: SegmentedProps<V>) {
  const group = useId()
  return (
    <fieldset className={styles['group']}>
      <legend className={styles['legend']}>{name}</legend>
      {options.map((option) => (
        <label key={option.value} className={styles['option']}>
          <input
            type="radio"
            name={group}
            className={styles['radio']}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          <span className={styles['name']}>{option.name}</span>
        </label>
      ))}
    </fieldset>
  )
}
