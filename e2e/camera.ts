/** A fake camera that looks at a QR code: one raw video frame that Chromium plays in a loop. */
import { writeFile } from 'node:fs/promises'
import { encode } from 'uqr'

const WIDTH = 640
const HEIGHT = 480
/** Luma of white and black paper, and the chroma of grey. */
const WHITE = 235
const BLACK = 16
const GREY = 128
/** Chromium wants a rate; the code stands still, so a few frames do. */
const FRAMES = 5

/** Points the camera at a sheet with this text as a QR code; without text, at a blank sheet. */
export async function writeCameraFile(file: string, text: string | null): Promise<void> {
  const luma = Buffer.alloc(WIDTH * HEIGHT, WHITE)
  if (text !== null) drawCode(luma, text)
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, GREY)
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, chroma])
  const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F5:1 Ip A1:1 C420jpeg\n`)
  await writeFile(file, Buffer.concat([header, ...Array.from({ length: FRAMES }, () => frame)]))
}

function drawCode(luma: Buffer, text: string): void {
  const { data, size } = encode(text, { ecc: 'Q', border: 4 })
  const scale = Math.floor(HEIGHT / size)
  const left = Math.floor((WIDTH - size * scale) / 2)
  const top = Math.floor((HEIGHT - size * scale) / 2)
  for (let y = 0; y < size * scale; y++) {
    for (let x = 0; x < size * scale; x++) {
      const isDark = data[Math.floor(y / scale)]?.[Math.floor(x / scale)] === true
      if (isDark) luma[(top + y) * WIDTH + left + x] = BLACK
    }
  }
}
