/** Sends the page to the Platform for a Grant; it comes back to /signed-in. */
import { useState } from 'react'
import { useEngine } from '../read.tsx'
import type { Trouble } from '../text/ruTroubles.ts'
import { useWords } from '../text/text.tsx'

export function useSignIn(): { readonly signIn: () => Promise<void>; readonly trouble: Trouble | null } {
  const { text } = useWords()
  const engine = useEngine()
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  const signIn = async () => {
    const begun = await engine.beginSignIn(`${location.origin}/signed-in`)
    if (begun.ok) location.assign(begun.url)
    else setTrouble(text.trouble.signIn[begun.failure])
  }
  return { signIn, trouble }
}
