/** The Stream: SSE events of GET /v1/stream, each `data:` one JSON document. */
import * as z from 'zod/mini'
import { base64urlUpTo, envelopeId, runId, tag, timeMs } from './ids.ts'
import { MAX_CIPHERTEXT_BYTES, relayReceipt } from './envelope.ts'

/** Query of GET /v1/stream. `lastRunId` is absent at a Device's very first Stream only. */
export const streamQuery = z.strictObject({ runId, lastRunId: z.optional(runId) })

/** Extension of the 409 `run_conflict` Problem: the run that the API holds for this Device, or null when it holds none. */
export const runConflict = z.object({ heldRunId: z.nullable(runId) })

/** event: envelope. From backfill and live alike; `receipt` is null for a stored one. */
export const streamEnvelope = z.object({
  envelopeId,
  ciphertext: base64urlUpTo(512, MAX_CIPHERTEXT_BYTES),
  ephemeral: z.boolean(),
  receipt: z.nullable(relayReceipt),
  /** Set when it was posted by a Ticket: what the recipient ends the Ticket by. */
  ticketTag: z.nullable(tag),
  /** When the API took it. */
  receivedMs: timeMs,
})
export type StreamEnvelope = z.infer<typeof streamEnvelope>

/** event: gap. Envelopes taken between these times left the Mailbox unread. */
export const streamGap = z.object({ fromMs: timeMs, toMs: timeMs })

/** event: caught_up, once, when the backfill is empty. */
export const streamCaughtUp = z.object({ nowMs: timeMs })

/** event: bye. Why the API closes: the client reconnects at once, after a pause, or never. */
export const streamBye = z.object({
  reason: z.enum(['shutdown', 'slow_reader', 'replaced', 'revoked', 'suspended']),
})

export const STREAM_EVENTS = ['envelope', 'gap', 'caught_up', 'bye'] as const
