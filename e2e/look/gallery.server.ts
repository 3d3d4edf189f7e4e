/** Builds the gallery and serves it under the product's own browser policy. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, preview, type InlineConfig } from 'vite'
import productConfig from '../../vite.config.ts'

const POLICY =
  "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' blob: data:; " +
  "media-src 'self' blob:; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'; trusted-types plasma"

export interface Gallery {
  readonly origin: string
  close(): Promise<void>
}

export async function openGallery(): Promise<Gallery> {
  const outDir = mkdtempSync(join(tmpdir(), 'plasma-look-'))
  const plugins = (productConfig.plugins ?? []).flat().filter((plugin) => !isPwa(plugin))
  const shared: InlineConfig = { root: import.meta.dirname, configFile: false, logLevel: 'error', plugins }
  await build({ ...shared, build: { ...productConfig.build, outDir } })
  const server = await preview({
    ...shared,
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1', headers: { 'Content-Security-Policy': POLICY } },
  })
  return { origin: server.resolvedUrls?.local[0]?.replace(/\/$/, '') ?? '', close: () => server.close() }
}

/** The gallery installs nothing and has no service worker. */
function isPwa(plugin: unknown): boolean {
  return (
    typeof plugin === 'object' &&
    plugin !== null &&
    String((plugin as { name?: string }).name).startsWith('vite-plugin-pwa')
  )
}
