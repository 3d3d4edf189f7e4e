/** A short word after an act («Ссылка скопирована»), spoken politely and gone by itself. */
import { createContext, use, useCallback, useEffect, useState, type ReactNode } from 'react'
import styles from './Toast.module.css'

/** Long enough to read two lines twice. */
const SHOWN_MS = 4_000

type Say = (words: string) => void
const ToastContext = createContext<Say>(() => undefined)

export function useToast(): Say {
  return use(ToastContext)
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState<{ words: string; at: number } | null>(null)
  const say = useCallback<Say>((words) => setSaid({ words, at: performance.now() }), [])
  useEffect(() => {
    if (said === null) return
    const timer = setTimeout(() => setSaid(null), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [said])
  return (
    <ToastContext value={say}>
      {children}
      <output className={styles['region']}>
        {said !== null && (
          <span key={said.at} className={styles['toast']}>
            {said.words}
          </span>
        )}
      </output>
    </ToastContext>
  )
}
