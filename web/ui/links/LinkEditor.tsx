/** Renames a link, changes its limit, or replaces it with a new one. */
import { useState } from 'react'
import type { LinkRow } from '../../engine/read.ts'
import { Button } from '../parts/Button.tsx'
import { Field } from '../parts/Field.tsx'
import { Sheet, SheetActions } from '../parts/Sheet.tsx'
import { useEngine } from '../read.tsx'
import { useWords } from '../text/text.tsx'
import styles from './LinkEditor.module.css'
import { parsedLimit } from './limit.ts'

interface LinkEditorProps {
  readonly link: LinkRow
  readonly onReplaced: (lookup: string) => void
  readonly onClose: () => void
}

export function LinkEditor({ link, onReplaced, onClose }: LinkEditorProps) {
  const { text } = useWords()
  const engine = useEngine()
  const [label, setLabel] = useState(link.label)
  const [typedLimit, setTypedLimit] = useState(link.limit === null ? '' : String(link.limit))
  const [trouble, setTrouble] = useState<string | null>(null)
  const limit = parsedLimit(typedLimit)

  const save = async () => {
    if (!limit.ok) return
    const { ok } = await engine.changeLink(link.lookup, {
      label: label.trim() || link.label,
      limit: limit.limit,
    })
    if (ok) onClose()
    else setTrouble(text.links.refused)
  }
  const replace = async () => {
    const replaced = await engine.rotateLink(link.lookup)
    if (!replaced.ok) return setTrouble(text.links.refused)
    if (replaced.lookup !== undefined) onReplaced(replaced.lookup)
    onClose()
  }
  return (
    <Sheet title={text.links.edit} onClose={onClose}>
      <Field
        name={text.links.label}
        hint={text.links.labelHint}
        value={label}
        maxLength={80}
        trouble={trouble}
        onChange={setLabel}
      />
      {link.kind === 'long_lived' && (
        <Field
          name={text.links.limit}
          hint={text.links.limitHint}
          value={typedLimit}
          inputMode="numeric"
          onChange={setTypedLimit}
        />
      )}
      <SheetActions>
        <Button wide look="fill" disabled={!limit.ok} onClick={() => void save()}>
          {text.nav.save}
        </Button>
        <Button wide look="danger" onClick={() => void replace()}>
          {text.links.rotate}
        </Button>
        <p className={styles['note']}>{text.links.rotateText}</p>
        <Button wide look="plain" onClick={onClose}>
          {text.nav.cancel}
        </Button>
      </SheetActions>
    </Sheet>
  )
}
