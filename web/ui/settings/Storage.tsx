/** How much room the Device gives, and whether the browser promised to keep what is there. */
import { useEffect, useState } from 'react'
import { Button } from '../parts/Button.tsx'
import { Card, Row } from '../parts/Card.tsx'
import { useToast } from '../parts/Toast.tsx'
import { useEngine } from '../read.tsx'
import { useWords, type Language } from '../text/text.tsx'
import styles from './Storage.module.css'

interface Room {
  readonly usedBytes: number
  readonly allBytes: number
}

export function Storage({ persisted }: { persisted: boolean }) {
  const { text, language } = useWords()
  const engine = useEngine()
  const say = useToast()
  const room = useRoom()
  const keep = async () => {
    const kept = await navigator.storage.persist()
    await engine.notePersistence(kept)
    if (!kept) say(text.settings.keepRefused)
  }
  return (
    <Card>
      <Row
        icon="storage"
        name={text.settings.storage}
        {...(room === null
          ? {}
          : {
              end: text.settings.storageOf(
                bytesIn(room.usedBytes, language),
                bytesIn(room.allBytes, language),
              ),
            })}
      />
      {room !== null && (
        <progress
          className={styles['meter']}
          aria-label={text.settings.storage}
          max={room.allBytes}
          value={room.usedBytes}
        />
      )}
      <p className={styles['note']}>{persisted ? text.settings.kept : text.settings.notKept}</p>
      {!persisted && (
        <div className={styles['keep']}>
          <Button wide onClick={() => void keep()}>
            {text.settings.keep}
          </Button>
        </div>
      )}
    </Card>
  )
}

function useRoom(): Room | null {
  const [room, setRoom] = useState<Room | null>(null)
  useEffect(() => {
    let shown = true
    void navigator.storage.estimate().then(({ usage, quota }) => {
      if (shown && usage !== undefined && quota !== undefined) setRoom({ usedBytes: usage, allBytes: quota })
    })
    return () => {
      shown = false
    }
  }, [])
  return room
}

const UNITS = ['kilobyte', 'megabyte', 'gigabyte'] as const

/** «412 МБ»: in the largest unit that leaves at least one. */
export function bytesIn(sizeBytes: number, language: Language): string {
  const power = Math.min(UNITS.length, Math.max(1, Math.floor(Math.log10(Math.max(1, sizeBytes)) / 3)))
  const format = new Intl.NumberFormat(language, {
    style: 'unit',
    unit: UNITS[power - 1] ?? 'kilobyte',
    unitDisplay: 'short',
    maximumFractionDigits: power === 3 ? 1 : 0,
  })
  return format.format(sizeBytes / 1000 ** power)
}
