/** Copy, share, save as a picture: everything here works without a network. */
import type { LinkRow } from '../../engine/read.ts'
import { Icon, type IconName } from '../parts/Icon.tsx'
import { paintQr } from '../parts/qr.ts'
import { useToast } from '../parts/Toast.tsx'
import { useWords } from '../text/text.tsx'
import styles from './LinkActions.module.css'

/** Sharp on paper at the size of a business card. */
const PICTURE_PIXELS = 1200

export function LinkActions({ link }: { link: LinkRow }) {
  const { text } = useWords()
  const say = useToast()
  const copy = async () => {
    await navigator.clipboard.writeText(link.url)
    say(text.links.copied)
  }
  const share = async () => {
    // The Person closing the system's sheet is no failure.
    await navigator.share({ url: link.url }).catch(() => undefined)
  }
  const save = async () => {
    await savePicture(link.url, text.links.fileName)
    say(text.links.saved)
  }
  const canShare = typeof navigator.share === 'function'
  return (
    <div className={styles['actions']}>
      <Action icon="copy" name={text.links.copy} onClick={() => void copy()} />
      {canShare && <Action icon="share" name={text.links.share} onClick={() => void share()} />}
      <Action icon="save" name={text.links.save} onClick={() => void save()} />
    </div>
  )
}

function Action({ icon, name, onClick }: { icon: IconName; name: string; onClick: () => void }) {
  return (
    <button type="button" className={styles['action']} onClick={onClick}>
      <Icon name={icon} />
      {name}
    </button>
  )
}

async function savePicture(url: string, fileName: string): Promise<void> {
  const canvas = document.createElement('canvas')
  paintQr(canvas, url, PICTURE_PIXELS)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (blob === null) return
  const address = URL.createObjectURL(blob)
  const download = document.createElement('a')
  download.href = address
  download.download = fileName
  download.click()
  // The download has taken its own reference by the next task.
  setTimeout(() => URL.revokeObjectURL(address), 0)
}
