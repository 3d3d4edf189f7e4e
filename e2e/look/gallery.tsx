/** Every screen over fixed snapshots, outside the product's bundle: `?scene=…&language=ru|en&theme=light|dark|contrast`. */
import { createRoot } from 'react-dom/client'
import '../../web/ui/base.css'
import type { Door } from '../../web/engine/door.ts'
import type { Engine } from '../../web/engine/engine.ts'
import type { QueryKey, Snapshot } from '../../web/engine/read.ts'
import { DoorProvider } from '../../web/ui/read.tsx'
import { App } from '../../web/ui/shell/App.tsx'
import '../../web/ui/tokens.css'
import { scene, type SceneName } from './scenes.ts'

const asked = new URLSearchParams(location.search)
const language = asked.get('language') === 'en' ? 'en' : 'ru'
const theme = asked.get('theme') ?? 'light'
const { path, snapshots } = scene((asked.get('scene') ?? 'list') as SceneName, language, theme as 'light')
history.replaceState(null, '', path)

/** Every act is accepted, changes nothing and is written down for the tests. */
const calls: unknown[][] = []
Object.assign(globalThis, { asked: calls })
const accepted = { ok: true, cancelled: true, state: 'resolved', messageId: 'm', conversationId: 'anna' }
const engine = new Proxy({} as Engine, {
  get:
    (_, name) =>
    (...given: unknown[]) => {
      calls.push([String(name), ...given])
      return Promise.resolve(accepted)
    },
})
const door: Door = {
  engine,
  read: <K extends QueryKey>(key: K) =>
    (key in snapshots ? snapshots[key] : undefined) as Snapshot<K> | undefined,
  subscribe: () => () => undefined,
}

const root = document.getElementById('root')
if (root !== null) {
  createRoot(root).render(
    <DoorProvider door={door}>
      <App failure={{ signIn: null, link: null }} notice={null} />
    </DoorProvider>,
  )
}
