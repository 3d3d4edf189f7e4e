/** One open Stream: backfill from the Mailbox until it is empty, then what is relayed and what is stored meanwhile. */
import type { ServerResponse } from 'node:http'
import { randomUUID } from 'node:crypto'
import type * as z from 'zod/mini'
import type { STREAM_EVENTS, streamBye, streamEnvelope } from '../../wire/stream.ts'
import { isOutage } from '../db/outage.ts'
import type { Sql } from '../db/sql.ts'
import { errorFields, type Log } from '../log.ts'
import type { Mailbox } from './mailbox.ts'
import { deviceMessage } from './messages.ts'
import { type MailboxRow, markGapTold, selectGap, selectHeldRun } from './sql.ts'

export type ByeReason = z.infer<typeof streamBye>['reason']
type StreamEnvelope = z.infer<typeof streamEnvelope>

export interface StreamDeps {
  readonly sql: Sql
  readonly mailbox: Pick<Mailbox, 'page' | 'read'>
  readonly log: Log
  readonly now: () => number
}

/** Bytes not yet taken by the reader. A page of backfill fits twice; what is cut comes again by backfill. */
const MAX_BUFFERED_BYTES = 1024 * 1024
/** A reader that takes nothing for so long is gone or a burden. */
const DRAIN_MS = 30_000
/** Relayed while the backfill runs. Beyond it they are let go of: nobody acknowledges them, so they are stored, and come. */
const MAX_LIVE_BYTES = 256 * 1024
/** Names told as stored; beyond it the whole Mailbox is read again. */
const MAX_TOLD = 1000
/** What was read from the Mailbox is not sent again for so long: its Acknowledgement is on the way. */
const RESEND_MS = 10_000
const RETRY_MS = 1000
/** For the last bytes to leave. */
const END_MS = 2000

export class Stream {
  readonly id = randomUUID()
  readonly deviceId: string
  /** Of its run. */
  readonly number: number
  readonly #deps: StreamDeps
  readonly #out: ServerResponse
  #isEnded = false
  #isCaughtUp = false
  #isReading = false
  #isRescanDue = true
  #told: string[] = []
  /** Null once the backfill is over: then they are written as they come. */
  #live: StreamEnvelope[] | null = []
  #liveBytes = 0
  /** When each Envelope of the Mailbox was sent; null most of the time. */
  #sentMs: Map<string, number> | null = null

  constructor(deps: StreamDeps, deviceId: string, number: number, out: ServerResponse) {
    this.#deps = deps
    this.deviceId = deviceId
    this.number = number
    this.#out = out
  }

  start(): void {
    void this.#read()
  }

  /** Looks into the Mailbox again: something may have been missed. */
  rescan(): void {
    this.#isRescanDue = true
    void this.#read()
  }

  hear(message: unknown): void {
    const heard = deviceMessage.safeParse(message)
    if (!heard.success) return
    switch (heard.data.kind) {
      case 'relay':
        return this.#relay(heard.data.envelope)
      case 'stored':
        return this.#tell(heard.data.envelopeId)
      case 'opened':
        if (heard.data.stream !== this.id && heard.data.number >= this.number) this.end('replaced')
        return
      case 'revoked':
      case 'suspended':
        return this.end(heard.data.kind)
    }
  }

  /** A comment, so that what stands between does not take the Stream for dead; and a little forgetting. */
  beat(): void {
    if (this.#isEnded) return
    this.#out.write(':\n\n')
    if (this.#sentMs !== null && this.#recentlySent().length === 0) this.#sentMs = null
    if (this.#out.writableLength > MAX_BUFFERED_BYTES) this.end('slow_reader')
  }

  end(reason: ByeReason): void {
    if (this.#isEnded) return
    this.#write('bye', { reason })
    this.#isEnded = true
    this.#out.end()
    const timer = setTimeout(() => this.#out.destroy(), END_MS)
    this.#out.once('close', () => clearTimeout(timer))
  }

  /** The connection is gone. */
  closed(): void {
    this.#isEnded = true
  }

  #relay(envelope: StreamEnvelope): void {
    // Also when its row was sent a moment ago: it was posted again, and somebody waits.
    if (this.#live === null) return this.#write('envelope', envelope)
    this.#liveBytes += envelope.ciphertext.length
    if (this.#liveBytes <= MAX_LIVE_BYTES) this.#live.push(envelope)
  }

  #releaseLive(): void {
    const waiting = this.#live ?? []
    this.#live = null
    for (const envelope of waiting) if (!this.#wasSent(envelope.envelopeId)) this.#write('envelope', envelope)
  }

  #tell(envelopeId: string): void {
    this.#told.push(envelopeId)
    if (this.#told.length > MAX_TOLD) {
      this.#told = []
      this.#isRescanDue = true
    }
    void this.#read()
  }

  /** The only reader: runs until nothing is left to read, however many ask meanwhile. */
  async #read(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    while (!this.#isEnded && (this.#isRescanDue || this.#told.length > 0)) {
      try {
        if (this.#isRescanDue) await this.#readAll()
        else await this.#readTold()
      } catch (error) {
        await this.#afterFailure(error)
      }
    }
    if (!this.#isEnded && !this.#isCaughtUp) this.#catchUp()
    this.#isReading = false
  }

  /** Without the database a Relay still works: what waited for the backfill waits no longer. */
  async #afterFailure(error: unknown): Promise<void> {
    if (!isOutage(error)) this.#deps.log.error('stream_read', errorFields(error))
    this.#isRescanDue = true
    this.#releaseLive()
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS * (0.5 + Math.random())))
  }

  #catchUp(): void {
    this.#releaseLive()
    this.#isCaughtUp = true
    this.#write('caught_up', { nowMs: this.#deps.now() })
  }

  async #readAll(): Promise<void> {
    const { sql, mailbox } = this.#deps
    this.#isRescanDue = false
    const held = await selectHeldRun(sql, this.deviceId)
    // Its run was opened while this one was not listening yet.
    if (held !== undefined && held.number > this.number) return this.end('replaced')
    await this.#tellGap()
    const without = this.#recentlySent()
    let position = 0
    while (!this.#isEnded) {
      const page = await mailbox.page(this.deviceId, position, without)
      const last = page.at(-1)
      if (last === undefined) return
      position = last.position
      await this.#writePage(page)
    }
  }

  async #readTold(): Promise<void> {
    const told = this.#told.splice(0, MAX_TOLD_A_READ).filter((envelopeId) => !this.#wasSent(envelopeId))
    if (told.length > 0) await this.#writePage(await this.#deps.mailbox.read(this.deviceId, told))
  }

  async #tellGap(): Promise<void> {
    const gap = await selectGap(this.#deps.sql, this.deviceId)
    if (gap === undefined || this.#isEnded) return
    this.#write('gap', gap)
    await markGapTold(this.#deps.sql, this.deviceId, this.#deps.now())
  }

  async #writePage(page: readonly MailboxRow[]): Promise<void> {
    for (const { envelopeId, ciphertext, ticketTag, receivedMs } of page) {
      if (this.#isEnded || this.#wasSent(envelopeId)) continue
      this.#sentMs ??= new Map()
      this.#sentMs.set(envelopeId, this.#deps.now())
      const stored = { ephemeral: false, receipt: null, ticketTag, receivedMs }
      this.#write('envelope', { envelopeId, ciphertext: ciphertext.toString('base64url'), ...stored })
    }
    await this.#drained()
  }

  #drained(): Promise<void> {
    if (this.#isEnded || !this.#out.writableNeedDrain) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.end('slow_reader'), DRAIN_MS)
      const go = () => {
        clearTimeout(timer)
        this.#out.off('drain', go).off('close', go)
        resolve()
      }
      this.#out.on('drain', go).on('close', go)
    })
  }

  #write(event: (typeof STREAM_EVENTS)[number], data: object): void {
    if (this.#isEnded) return
    this.#out.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    if (event !== 'bye' && this.#out.writableLength > MAX_BUFFERED_BYTES) this.end('slow_reader')
  }

  #wasSent(envelopeId: string): boolean {
    const sentMs = this.#sentMs?.get(envelopeId)
    return sentMs !== undefined && this.#deps.now() - sentMs < RESEND_MS
  }

  #recentlySent(): readonly string[] {
    if (this.#sentMs === null) return []
    for (const [envelopeId, sentMs] of this.#sentMs) {
      if (this.#deps.now() - sentMs >= RESEND_MS) this.#sentMs.delete(envelopeId)
    }
    return [...this.#sentMs.keys()]
  }
}

/** 64 KiB each at most, and they are on their way to one reader. */
const MAX_TOLD_A_READ = 8
