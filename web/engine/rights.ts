/** By what this Account may send to a Contact: the newest capability first, at last the Ticket of a first contact. */
import type { Answer, RemoteFailure, Right } from './remote.ts'
import type { ContactRecord } from './store/contacts.ts'

export function rightsOf(contact: ContactRecord): readonly Right[] {
  const capabilities = contact.capabilities.map((value) => ({ kind: 'capability', value }) as const)
  return [
    ...capabilities.reverse(),
    ...(contact.ticket ? [{ kind: 'ticket', value: contact.ticket } as const] : []),
  ]
}

/** Tries each right until one is accepted. A rotated and a blocked one look the same. */
export async function withRight<T>(
  contact: ContactRecord,
  ask: (right: Right) => Promise<Answer<T>>,
): Promise<Answer<T>> {
  let last: RemoteFailure = { ok: false, failure: 'not_accepted', retryAfterMs: null }
  for (const right of rightsOf(contact)) {
    const answer = await ask(right)
    if (answer.ok || answer.failure !== 'not_accepted') return answer
    last = answer
  }
  return last
}
