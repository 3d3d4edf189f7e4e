/** Where one writes: grows to six lines. Enter sends, Shift+Enter breaks the line. */
import { useId, type KeyboardEvent, type Ref } from 'react'
import { IconButton } from './Button.tsx'
import styles from './Composer.module.css'

interface ComposerProps {
  readonly value: string
  readonly place: string
  readonly sendName: string
  /** Characters used of a limit, shown and spoken; null where there is none. */
  readonly counter: { readonly shown: string; readonly spoken: string; readonly over: boolean } | null
  readonly disabled?: boolean
  /** Writing is possible, sending not yet. */
  readonly waits?: boolean
  readonly inputRef?: Ref<HTMLTextAreaElement>
  readonly onChange: (value: string) => void
  readonly onSend: () => void
}

export function Composer(props: ComposerProps) {
  const {
    value,
    place,
    sendName,
    counter,
    disabled = false,
    waits = false,
    inputRef,
    onChange,
    onSend,
  } = props
  const counterId = useId()
  const ready = !disabled && !waits && value.trim() !== '' && counter?.over !== true
  const sendOnEnter = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    if (ready) onSend()
  }
  return (
    <form
      className={styles['composer']}
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) onSend()
      }}
    >
      <div className={styles['field']}>
        {/* The copy behind the field gives it its height. */}
        <div className={styles['grow']} data-value={value}>
          <textarea
            ref={inputRef ?? null}
            className={styles['input']}
            rows={1}
            value={value}
            aria-label={place}
            placeholder={place}
            disabled={disabled}
            enterKeyHint="send"
            onChange={(event) => onChange(event.target.value)}
            onKeyDown={sendOnEnter}
            {...(counter === null ? {} : { 'aria-describedby': counterId })}
          />
        </div>
        {counter !== null && (
          <span className={counter.over ? styles['over'] : styles['counter']}>
            <span aria-hidden="true">{counter.shown}</span>
            <span id={counterId} className={styles['spoken']}>
              {counter.spoken}
            </span>
          </span>
        )}
      </div>
      <IconButton icon="arrowUp" name={sendName} look="fill" type="submit" keepsFocus disabled={!ready} />
    </form>
  )
}
