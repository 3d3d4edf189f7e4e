/** Makes a link: what it is called, once or many times, how many Requests at most. */
import { useState } from 'react'
import type { LinkInput } from '../../engine/engine.ts'
import { Button } from '../parts/Button.tsx'
import { Field } from '../parts/Field.tsx'
import { Segmented } from '../parts/Segmented.tsx'
import { Sheet, SheetActions } from '../parts/Sheet.tsx'
import { useEngine } from '../read.tsx'
import { useWords } from '../text/text.tsx'
import { parsedLimit } from './limit.ts'

interface LinkMakerProps {
  readonly onMade: (lookup: string) => void
  readonly onClose: () => void
}

export function LinkMaker({ onMade, onClose }: LinkMakerProps) {
  const { text } = useWords()
  const engine = useEngine()
  const [label, setLabel] = useState('')
  const [kind, setKind] = useState<LinkInput['kind']>('long_lived')
  const [typedLimit, setTypedLimit] = useState('')
  const [trouble, setTrouble] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const limit = parsedLimit(typedLimit)

  const make = async () => {
    if (!limit.ok) return
    setBusy(true)
    const made = await engine.makeLink({
      label: label.trim() || text.links.defaultLabel,
      kind,
      limit: kind === 'one_time' ? null : limit.limit,
      expiresAtMs: null,
    })
    setBusy(false)
    if (!made.ok) return setTrouble(text.links.failure[made.failure])
    onMade(made.lookup)
    onClose()
  }
  return (
    <Sheet title={text.links.make} onClose={onClose}>
      <Field
        name={text.links.label}
        hint={text.links.labelHint}
        placeholder={text.links.defaultLabel}
        value={label}
        maxLength={80}
        trouble={trouble}
        onChange={setLabel}
      />
      <Segmented
        name={text.links.kind}
        value={kind}
        options={[
          { value: 'long_lived', name: text.links.longLived },
          { value: 'one_time', name: text.links.oneTime },
        ]}
        onChange={setKind}
      />
      {kind === 'long_lived' && (
        <Field
          name={text.links.limit}
          hint={text.links.limitHint}
          value={typedLimit}
          inputMode="numeric"
          onChange={setTypedLimit}
        />
      )}
      <SheetActions>
        <Button wide look="fill" disabled={busy || !limit.ok} onClick={() => void make()}>
          {text.links.makeFirst}
        </Button>
        <Button wide look="plain" onClick={onClose}>
          {text.nav.cancel}
        </Button>
      </SheetActions>
    </Sheet>
  )
}
