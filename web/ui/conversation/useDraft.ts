/** The text being written, kept by the engine a moment after the last key, and at once when the page is left. */
import { useEffect, useRef, useState, type Dispatch, type SetStateAction } from 'react'
import { useEngine } from '../read.tsx'

/** One write a pause in typing, not one a key. */
const PAUSE_MS = 400

export function useDraft(
  conversationId: string,
  kept: string,
): readonly [string, Dispatch<SetStateAction<string>>] {
  const engine = useEngine()
  const [draft, setDraft] = useState(kept)
  const saved = useRef(kept)
  const current = useRef(draft)

  useEffect(() => {
    current.current = draft
    const save = () => {
      if (saved.current === current.current) return
      saved.current = current.current
      void engine.saveDraft(conversationId, current.current)
    }
    const timer = setTimeout(save, draft === '' ? 0 : PAUSE_MS)
    addEventListener('pagehide', save)
    return () => {
      clearTimeout(timer)
      removeEventListener('pagehide', save)
    }
  }, [engine, conversationId, draft])

  useEffect(
    () => () => {
      if (saved.current !== current.current) void engine.saveDraft(conversationId, current.current)
    },
    [engine, conversationId],
  )
  return [draft, setDraft]
}
