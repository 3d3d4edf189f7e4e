/** Capability and Ticket headers: the right to reach an Account without saying who asks. */
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { capability, type AccountId, type DeviceId, type Tag } from '../../wire/ids.ts'
import type { ContactLinks } from '../contactLinks/index.ts'
import type { Devices } from '../devices/index.ts'
import type { Limits } from './limits.ts'
import { problem } from './problem.ts'

export type Admission =
  | {
      readonly kind: 'capability'
      readonly accountId: AccountId
      readonly hash: string
      /** The Device that registered it. */
      readonly deviceId: DeviceId
    }
  | {
      readonly kind: 'ticket'
      readonly accountId: AccountId
      readonly hash: string
      /** Travels with the Envelope: what the recipient ends the Ticket by. */
      readonly ticketTag: Tag
    }

export interface Gate {
  /**
   * @throws Problem `not_accepted`, with the same body and after the same work whether the value is unknown, ended,
   *   rotated or another Account's; `malformed` for none, both, or a Login beside it, which would link sender and Envelope.
   */
  admit(c: Context, accountId: string): Promise<Admission>
  /** Counts one Envelope for each Device on a Ticket, at most 20; a Capability has no such count. @throws Problem `not_accepted` */
  spendEnvelopes(admission: Admission, deviceIds: readonly string[]): Promise<void>
}

export interface GateDeps {
  readonly devices: Pick<Devices, 'capability'>
  readonly contactLinks: Pick<ContactLinks, 'ticket' | 'spendEnvelopes'>
  readonly limits: Limits
}

export function createGate({ devices, contactLinks, limits }: GateDeps): Gate {
  return {
    admit: async (c, accountId) => {
      const { kind, hash } = readHeader(c)
      const held = kind === 'capability' ? await devices.capability(hash) : await contactLinks.ticket(hash)
      if (held === undefined || held.accountId !== accountId) {
        await limits.byGuess(c)
        throw problem('not_accepted')
      }
      await limits.byCapability(hash)
      return 'tag' in held
        ? { kind: 'ticket', accountId: held.accountId, hash, ticketTag: held.tag }
        : { kind: 'capability', accountId: held.accountId, hash, deviceId: held.deviceId }
    },
    spendEnvelopes: async (admission, deviceIds) => {
      if (admission.kind === 'ticket') await contactLinks.spendEnvelopes(admission.hash, deviceIds)
    },
  }
}

/** The store is asked for a hash: how far a guess matches says nothing about the value. */
function readHeader(c: Context): { readonly kind: 'capability' | 'ticket'; readonly hash: string } {
  for (const name of ['authorization', 'dpop']) {
    if (c.req.header(name) !== undefined) throw problem('malformed', { where: [`header.${name}`] })
  }
  const asCapability = c.req.header('plasma-capability')
  const asTicket = c.req.header('plasma-ticket')
  const value = capability.safeParse(asCapability ?? asTicket)
  if (!value.success || (asCapability !== undefined && asTicket !== undefined)) {
    throw problem('malformed', { where: ['header.plasma-capability', 'header.plasma-ticket'] })
  }
  const hash = createHash('sha256').update(Buffer.from(value.data, 'base64url')).digest('base64url')
  return { kind: asCapability === undefined ? 'ticket' : 'capability', hash }
}
