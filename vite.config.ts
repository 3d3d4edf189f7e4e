/** Builds the app, the service worker and the QR reader's worker into dist/web. Nothing inline, nothing from elsewhere. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { runInNewContext } from 'node:vm'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { VitePWA, type ManifestOptions } from 'vite-plugin-pwa'

/** Browsers whose WebCrypto, IndexedDB and CSS (`light-dark()`) the product relies on. */
const BROWSERS = ['chrome123', 'edge123', 'firefox128', 'safari17.5', 'ios17.5']

const QR_WORKER = 'qr-scanner-worker.min.js'

const manifest: Partial<ManifestOptions> = {
  id: '/',
  name: 'Plasma',
  short_name: 'Plasma',
  description: 'Личная переписка: ни телефона, ни почты, всё остаётся на ваших устройствах.',
  lang: 'ru',
  start_url: '/',
  scope: '/',
  display: 'standalone',
  background_color: '#F1F1EE',
  theme_color: '#F1F1EE',
  categories: ['social', 'communication'],
  icons: [
    { src: '/icons/icon-192.png', sizes: '192x192', type: 'image/png' },
    { src: '/icons/icon-512.png', sizes: '512x512', type: 'image/png' },
    { src: '/icons/maskable-192.png', sizes: '192x192', type: 'image/png', purpose: 'maskable' },
    { src: '/icons/maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
  ],
  shortcuts: [
    { name: 'Моя ссылка', url: '/my-link' },
    { name: 'Открыть ссылку', url: '/scan' },
  ],
}

export default defineConfig({
  plugins: [
    react(),
    qrWorkerFile(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'web/sw',
      filename: 'sw.ts',
      injectRegister: false,
      manifest,
      includeManifestIcons: false,
      injectManifest: {
        rollupFormat: 'iife',
        target: BROWSERS,
        globPatterns: ['**/*.{html,js,css,woff2,svg,png}'],
      },
    }),
  ],
  worker: { format: 'es' },
  build: {
    outDir: 'dist/web',
    emptyOutDir: true,
    target: BROWSERS,
    cssTarget: BROWSERS,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})

/**
 * Serves qr-scanner's worker as a file: the package starts it from a Blob, which `worker-src 'self'` refuses.
 * What is left of its module is empty; `web/ui/links/qrReader.ts` starts the worker by its address.
 */
function qrWorkerFile(): Plugin {
  const path = createRequire(import.meta.url)
    .resolve('qr-scanner')
    .replace(/[^/\\]+$/, QR_WORKER)
  return {
    name: 'plasma:qr-worker-file',
    apply: 'build',
    enforce: 'pre',
    buildStart() {
      this.emitFile({
        type: 'asset',
        fileName: 'qr-worker.js',
        source: workerSource(readFileSync(path, 'utf8')),
      })
    },
    load(id) {
      return id.split('?')[0]?.endsWith(QR_WORKER) === true ? 'export {}' : null
    },
  }
}

/** The text inside ``new Blob([`…`])``, read as the template literal that it is. */
function workerSource(module: string): string {
  const literal = /new Blob\(\[(`[\s\S]*`)\]/.exec(module)?.[1]
  if (literal === undefined || /(?<!\\)\$\{/.test(literal))
    throw new Error('qr-scanner builds its worker in a new way')
  return String(runInNewContext(literal))
}
