/** Opening somebody's link: paste it, point the camera, or choose a picture. All three land in the same place. */
import { useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { LinkFailure } from '../../engine/engine.ts'
import { Button } from '../parts/Button.tsx'
import { Card, RowButton } from '../parts/Card.tsx'
import { Field } from '../parts/Field.tsx'
import { Screen } from '../parts/Screen.tsx'
import { useEngine } from '../read.tsx'
import { useWords } from '../text/text.tsx'
import { Camera } from './Camera.tsx'
import { readPicture } from './qrReader.ts'
import styles from './Scan.module.css'

type Trouble =
  | { readonly kind: 'link'; readonly failure: LinkFailure }
  | { readonly kind: 'no_code' | 'no_camera' }

export function Scan() {
  const { text } = useWords()
  const [pasted, setPasted] = useState('')
  const [watching, setWatching] = useState(false)
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  const { opening, open } = useOpenLink(setTrouble)
  const choosePicture = async (picture: File | undefined) => {
    if (picture === undefined) return
    const link = await readPicture(picture)
    if (link === null) setTrouble({ kind: 'no_code' })
    else await open(link)
  }
  return (
    <Screen title={text.scan.title} back={{ to: '/', name: text.nav.back }} arrive>
      <div className={styles['page']}>
        {watching && (
          <Camera
            onText={(link) => {
              setWatching(false)
              void open(link)
            }}
            onTrouble={() => {
              setWatching(false)
              setTrouble({ kind: 'no_camera' })
            }}
            onStop={() => setWatching(false)}
          />
        )}
        <form
          className={styles['paste']}
          onSubmit={(event) => {
            event.preventDefault()
            void open(pasted)
          }}
        >
          <Field
            name={text.scan.paste}
            value={pasted}
            inputMode="url"
            placeholder="https://…#…"
            onChange={setPasted}
          />
          <Button type="submit" look="fill" wide disabled={opening || pasted.trim() === ''}>
            {text.scan.open}
          </Button>
        </form>
        <Said trouble={trouble} opening={opening} />
        <Card>
          {!watching && <RowButton icon="camera" name={text.scan.camera} onClick={() => setWatching(true)} />}
          <PictureRow onPicture={(picture) => void choosePicture(picture)} />
        </Card>
      </div>
    </Screen>
  )
}

/** Opens a link and goes to where it leads. */
function useOpenLink(onTrouble: (trouble: Trouble | null) => void) {
  const engine = useEngine()
  const [, navigate] = useLocation()
  const [opening, setOpening] = useState(false)
  const open = async (link: string) => {
    onTrouble(null)
    setOpening(true)
    const result = await engine.openLink(link)
    setOpening(false)
    if (!result.ok) return onTrouble({ kind: 'link', failure: result.failure })
    navigate(result.conversationId === undefined ? '/c' : `/conversation/${result.conversationId}`)
  }
  return { opening, open }
}

function PictureRow({ onPicture }: { onPicture: (picture: File | undefined) => void }) {
  const { text } = useWords()
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <RowButton
        icon="image"
        name={text.scan.picture}
        note={text.scan.local}
        onClick={() => input.current?.click()}
      />
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        aria-label={text.scan.picture}
        onChange={(event) => {
          onPicture(event.target.files?.[0])
          event.target.value = ''
        }}
      />
    </>
  )
}

function Said({ trouble, opening }: { trouble: Trouble | null; opening: boolean }) {
  const { text } = useWords()
  if (opening) return <output>{text.scan.working}</output>
  if (trouble === null) return null
  if (trouble.kind !== 'link') {
    return (
      <p className={styles['trouble']} role="alert">
        {trouble.kind === 'no_code' ? text.scan.nothing : text.scan.noCamera}
      </p>
    )
  }
  const { title, text: explained } = text.trouble.link[trouble.failure]
  return (
    <div className={styles['trouble']} role="alert">
      <p className={styles['troubleTitle']}>{title}</p>
      <p>{explained}</p>
    </div>
  )
}
