/** The camera's picture while it looks for a code. */
import { useEffect, useEffectEvent, useRef } from 'react'
import { Button } from '../parts/Button.tsx'
import { useWords } from '../text/text.tsx'
import styles from './Camera.module.css'
import { cameraReader } from './qrReader.ts'

interface CameraProps {
  readonly onText: (text: string) => void
  /** There is no camera, or it is not allowed. */
  readonly onTrouble: () => void
  readonly onStop: () => void
}

export function Camera({ onText, onTrouble, onStop }: CameraProps) {
  const { text } = useWords()
  const video = useRef<HTMLVideoElement>(null)
  const found = useEffectEvent(onText)
  const failed = useEffectEvent(onTrouble)
  useEffect(() => {
    if (video.current === null) return
    let stopped = false
    const reader = cameraReader(video.current, (link) => found(link))
    reader.start().catch(() => {
      if (!stopped) failed()
    })
    return () => {
      stopped = true
      reader.stop()
    }
  }, [])
  return (
    <div className={styles['camera']}>
      <video ref={video} className={styles['video']} muted playsInline aria-label={text.scan.cameraHint} />
      <p className={styles['hint']}>{text.scan.cameraHint}</p>
      <Button wide onClick={onStop}>
        {text.scan.stopCamera}
      </Button>
    </div>
  )
}
