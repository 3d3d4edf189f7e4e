/** A decision, low on a phone and in the middle of a desktop. Never a sheet over a sheet. */
import { useEffect, useId, useRef, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react'
import styles from './Sheet.module.css'

interface SheetProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
}

/** Open while it is mounted; the browser gives the focus back to where it was. */
export function Sheet({ title, onClose, children }: SheetProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  const closeOnScrim = (event: MouseEvent) => {
    if (event.target === ref.current) onClose()
  }
  const keepKeys = (event: KeyboardEvent) => event.stopPropagation()
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the scrim closes; the keyboard has Escape
    <dialog
      ref={ref}
      className={styles['sheet']}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={closeOnScrim}
      onKeyDown={keepKeys}
    >
      <div className={styles['content']}>
        <h2 id={titleId} className={styles['title']}>
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  )
}

export function SheetActions({ children }: { children: ReactNode }) {
  return <div className={styles['actions']}>{children}</div>
}
