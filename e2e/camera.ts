/** A fake camera that looks at a QR code: raw video frames that Chromium plays in a loop. */
import { writeFile } from 'node:fs/promises'
import { encode } from 'uqr'

const WIDTH = 640
const HEIGHT = 480
/** Luma of white and black paper, and the chroma of grey. */
const WHITE = 235
const BLACK = 16
const GREY = 128
/** How much of the picture's height the code fills, frame by frame: a hand is never still, and no reader reads every picture. */
const FILLS = [0.99, 0.94, 0.88, 0.8, 0.72, 0.84, 0.91]

/** Points the camera at a sheet with this text as a QR code; without text, at a blank sheet. */
export async function writeCameraFile(file: string, text: string | null): Promise<void> {
  const frames = FILLS.map((fill) => frameOf(text, fill))
  const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F5:1 Ip A1:1 C420jpeg\n`)
  await writeFile(file, Buffer.concat([header, ...frames]))
}

function frameOf(text: string | null, fill: number): Buffer {
  const luma = Buffer.alloc(WIDTH * HEIGHT, WHITE)
  if (text !== null) drawCode(luma, text, fill)
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, GREY)
  return Buffer.concat([Buffer.from('FRAME\n'), luma, chroma])
}

function drawCode(luma: Buffer, text: string, fill: number): void {
  const { data, size } = encode(text, { ecc: 'Q', border: 4 })
  const side = Math.floor(HEIGHT * fill)
  const left = Math.floor((WIDTH - side) / 2)
  const top = Math.floor((HEIGHT - side) / 2)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const isDark = data[Math.floor((y * size) / side)]?.[Math.floor((x * size) / side)] === true
      if (isDark) luma[(top + y) * WIDTH + left + x] = BLACK
    }
  }
}
