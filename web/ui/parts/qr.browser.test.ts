import QrScanner from 'qr-scanner'
import { expect, test } from 'vitest'
import { paintQr } from './qr.ts'

// The worker of the product is a file of the build; here the package's own will do.
const links = [
  'https://plasma.example/c#AQAx7Zk2mQp0c9Yv3nTqLw',
  `http://localhost:8081/c#${'AQx7Zk2mQp0c9Yv3'.repeat(5)}`,
]

for (const pixels of [240, 320, 1200]) {
  test(`a reader finds the link in a picture of ${pixels} pixels, though the mark hides its middle`, async () => {
    for (const link of links) {
      const canvas = document.createElement('canvas')
      paintQr(canvas, link, pixels)
      const { data } = await QrScanner.scanImage(canvas, { returnDetailedScanResult: true })
      expect(data).toBe(link)
    }
  })
}
