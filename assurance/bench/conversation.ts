/** Two Devices in mid-conversation, as an engine holds them: Sessions, skipped keys and the pair's static agreement in memory. */
import {
  activeSession,
  makePairSecret,
  openInner,
  openMessage,
  openOuter,
  sealEnvelope,
} from '../../protocol/index.ts'
import type { Bytes, PairSecret, Session, SkippedKeys } from '../../protocol/index.ts'
import { NO_SKIPPED_KEYS } from '../../protocol/index.ts'
import { HOUR, type TestDevice, twoDevices } from '../../protocol/testDevice.ts'

export class End {
  readonly device: TestDevice
  readonly peer: TestDevice
  readonly pair: PairSecret
  session: Session
  private skipped: SkippedKeys = NO_SKIPPED_KEYS

  constructor(device: TestDevice, peer: TestDevice, pair: PairSecret, session: Session) {
    this.device = device
    this.peer = peer
    this.pair = pair
    this.session = session
  }

  async seal(text: string): Promise<Bytes> {
    const { device, peer, pair, session } = this
    const content = device.content(text, peer)
    const sealed = await sealEnvelope({ own: device.own, peer: peer.asPeer(), session, content, pair })
    this.session = sealed.session
    return sealed.envelope
  }

  async open(envelope: Bytes): Promise<void> {
    const { device, peer, pair, session, skipped } = this
    const outer = await openOuter({ own: device.own, envelope })
    if (!outer.ok) throw new Error(outer.failure)
    const senderDhPub = peer.own.dh.publicKey
    const inner = await openInner({ own: device.own, outer: outer.outer, senderDhPub, pair })
    if (!inner.ok) throw new Error(inner.failure)
    const opened = await openMessage({ session, inner: inner.inner, skipped, hour: HOUR })
    if (!opened.ok) throw new Error(opened.failure)
    this.session = opened.session
    this.skipped = opened.skipped
  }
}

export async function twoEnds(): Promise<{ alice: End; bob: End }> {
  const { alice, bob } = await twoDevices()
  return { alice: await endOf(alice, bob), bob: await endOf(bob, alice) }
}

async function endOf(device: TestDevice, peer: TestDevice): Promise<End> {
  const session = activeSession(device.pairWith(peer).sessions)
  const pair = await makePairSecret(device.own, peer.own.dh.publicKey)
  if (!session || !pair) throw new Error('no conversation')
  return new End(device, peer, pair, session)
}
