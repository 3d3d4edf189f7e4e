/** Reads QR codes with qr-scanner, its worker started from a file of our own, as the page's policy asks. */
import QrScanner from 'qr-scanner'
import { scriptUrl } from '../../trusted.ts'

const startWorker = (): Worker => new Worker(scriptUrl('/qr-worker.js'))

QrScanner.createQrEngine = () => Promise.resolve(startWorker())

export interface CameraReader {
  /** @throws when there is no camera or it is not allowed. */
  start(): Promise<void>
  /** Turns the camera off and ends the worker. */
  stop(): void
}

/** Calls `onText` once, with the first code that the camera sees. */
export function cameraReader(video: HTMLVideoElement, onText: (text: string) => void): CameraReader {
  const scanner = new QrScanner(
    video,
    ({ data }) => {
      scanner.stop()
      onText(data)
    },
    { preferredCamera: 'environment', returnDetailedScanResult: true, calculateScanRegion: shownSquare },
  )
  return { start: () => scanner.start(), stop: () => scanner.destroy() }
}

/** Modules of a code that fills this square are 8 pixels or more. */
const READ_PX = 480

/** All that the preview shows; the package would read its middle two thirds, and a code held close is larger. */
function shownSquare({ videoWidth, videoHeight }: HTMLVideoElement): QrScanner.ScanRegion {
  const side = Math.min(videoWidth, videoHeight)
  const read = Math.min(side, READ_PX)
  return {
    x: Math.round((videoWidth - side) / 2),
    y: Math.round((videoHeight - side) / 2),
    width: side,
    height: side,
    downScaledWidth: read,
    downScaledHeight: read,
  }
}

/** @returns null when no code is visible in the picture. */
export async function readPicture(picture: Blob): Promise<string | null> {
  const worker = startWorker()
  try {
    const result = await QrScanner.scanImage(picture as File, {
      qrEngine: worker,
      returnDetailedScanResult: true,
    })
    return result.data
  } catch {
    return null
  } finally {
    worker.terminate()
  }
}
