/** The engine stopped for a reason: what happened, what is safe, one act. */
import type { StopReason } from '../../engine/read.ts'
import { Button } from '../parts/Button.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { useEngine } from '../read.tsx'
import { useWords } from '../text/text.tsx'

export function Stopped({ reason }: { reason: StopReason }) {
  const { text } = useWords()
  const engine = useEngine()
  const { title, text: explained } = text.trouble.stop[reason]
  const erases = reason === 'device_revoked' || reason === 'restored_copy'
  return (
    <EmptyState level={1} look={erases ? 'alarm' : 'hollow'} title={title} text={explained}>
      {erases ? (
        <Button look="danger" onClick={() => void engine.signOut()}>
          {text.settings.signOutAction}
        </Button>
      ) : (
        <Button onClick={() => location.reload()}>{text.trouble.reload}</Button>
      )}
    </EmptyState>
  )
}
