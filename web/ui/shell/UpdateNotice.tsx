/** A new version waits: says so once, and changes nothing by itself. */
import { useState } from 'react'
import { Button } from '../parts/Button.tsx'
import { Note } from '../parts/Note.tsx'
import { useWords } from '../text/text.tsx'
import type { ServiceWorkerControl } from './serviceWorker.ts'

export function UpdateNotice({ worker }: { worker: ServiceWorkerControl }) {
  const { text } = useWords()
  const [later, setLater] = useState(false)
  if (later) return null
  return (
    <Note
      action={
        <>
          <Button onClick={worker.update}>{text.update.action}</Button>
          <Button look="plain" onClick={() => setLater(true)}>
            {text.update.later}
          </Button>
        </>
      }
    >
      {text.update.text}
    </Note>
  )
}
