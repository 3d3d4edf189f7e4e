/** Composition root of the page: opens the engine's door, takes in what the address brought, shows the interface. */
import { useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'
import { navigate } from 'wouter/use-browser-location'
import { openDoor } from './engine/door.ts'
import type { Engine } from './engine/engine.ts'
import './ui/base.css'
import { DoorProvider } from './ui/read.tsx'
import { App, type ArrivalFailure } from './ui/shell/App.tsx'
import { takeArrival, type Arrival } from './ui/shell/arrival.ts'
import { startServiceWorker } from './ui/shell/serviceWorker.ts'
import { UpdateNotice } from './ui/shell/UpdateNotice.tsx'
import { valueBox, type ValueBox } from './ui/shell/valueBox.ts'
import './ui/tokens.css'

const NO_FAILURE: ArrivalFailure = { signIn: null, link: null }
const worker = startServiceWorker()

function main(): void {
  const failure = valueBox<ArrivalFailure>(NO_FAILURE)
  // Before anything is drawn: the fragment holds a secret.
  const arrival = takeArrival(location, history)
  const door = openDoor()
  void door.engine.start().then(() => takeIn(door.engine, arrival, failure))
  addEventListener('hashchange', () => void takeIn(door.engine, takeArrival(location, history), failure))
  door.subscribe('app', () => {
    const app = door.read('app')
    if (app && app.outboxCount > 0 && app.connection !== 'online') worker.syncLater()
  })
  const root = document.getElementById('root')
  if (root === null) return
  createRoot(root).render(
    <DoorProvider door={door}>
      <Page failure={failure} />
    </DoorProvider>,
  )
}

function Page({ failure }: { failure: ValueBox<ArrivalFailure> }) {
  const failed = useSyncExternalStore(failure.subscribe, failure.read)
  const updateReady = useSyncExternalStore(worker.updateReady.subscribe, worker.updateReady.read)
  return <App failure={failed} notice={updateReady && <UpdateNotice worker={worker} />} />
}

async function takeIn(
  engine: Engine,
  arrival: Arrival | null,
  failure: ValueBox<ArrivalFailure>,
): Promise<void> {
  if (arrival === null) return
  failure.write(NO_FAILURE)
  if (arrival.kind === 'signed_in') {
    const signedIn = await engine.finishSignIn(arrival.fragment)
    if (!signedIn.ok) failure.write({ ...NO_FAILURE, signIn: signedIn.failure })
    return
  }
  const opened = await engine.openLink(arrival.text)
  if (!opened.ok) failure.write({ ...NO_FAILURE, link: opened.failure })
  else if (opened.conversationId !== undefined)
    navigate(`/conversation/${opened.conversationId}`, { replace: true })
}

main()
