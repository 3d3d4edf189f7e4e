/** A link as a QR picture: level Q, round finders, the mark in the middle. One shape for the screen and for the saved file. */
import { encode } from 'uqr'
import { MARK_LEFT, MARK_RIGHT } from './markOutline.ts'

export interface QrShape {
  /** Modules along an edge, without the quiet zone. */
  readonly size: number
  /** Every dark module outside the finders and the middle, in units of a module. */
  readonly modules: string
  readonly finders: readonly { readonly x: number; readonly y: number }[]
  /** Half of the mark's width. */
  readonly markRadius: number
}

/** Modules of white around the code: readers need four. */
export const QUIET_ZONE = 4
const FINDER = 7
/** Of the width. Level Q restores 25 % of the modules; the cleared middle hides 6 %. */
const MARK_SHARE = 0.21
const CLEAR_AROUND_MARK = 1

export function qrShape(text: string): QrShape {
  const { data, size } = encode(text, { ecc: 'Q', border: 0 })
  const markRadius = (size * MARK_SHARE) / 2
  const kept = (x: number, y: number) =>
    !inFinder(x, y, size) && !inMiddle(x, y, size, markRadius + CLEAR_AROUND_MARK)
  const modules = data
    .flatMap((row, y) => row.map((dark, x) => (dark && kept(x, y) ? `M${x} ${y}h1v1h-1z` : '')))
    .join('')
  const far = size - FINDER
  const finders = [
    { x: 0, y: 0 },
    { x: far, y: 0 },
    { x: 0, y: far },
  ]
  return { size, modules, finders, markRadius }
}

function inFinder(x: number, y: number, size: number): boolean {
  const near = (at: number) => at < FINDER
  const far = (at: number) => at >= size - FINDER
  return (near(x) && near(y)) || (far(x) && near(y)) || (near(x) && far(y))
}

function inMiddle(x: number, y: number, size: number, radius: number): boolean {
  return Math.hypot(x + 0.5 - size / 2, y + 0.5 - size / 2) < radius
}

const INK = '#202019'
const STRAW = '#d9bf4e'
const PAPER = '#ffffff'

/** Draws the code with its quiet zone, `pixels` on each side. The colours are fixed: a file has no theme. */
export function paintQr(canvas: HTMLCanvasElement, text: string, pixels: number): void {
  const shape = qrShape(text)
  const context = canvas.getContext('2d')
  if (context === null) return
  canvas.width = pixels
  canvas.height = pixels
  context.fillStyle = PAPER
  context.fillRect(0, 0, pixels, pixels)
  const unit = pixels / (shape.size + 2 * QUIET_ZONE)
  context.setTransform(unit, 0, 0, unit, QUIET_ZONE * unit, QUIET_ZONE * unit)
  context.fillStyle = INK
  paint(context, new Path2D(shape.modules))
  for (const finder of shape.finders) paintFinder(context, finder.x, finder.y)
  paintMark(context, shape)
}

function paintFinder(context: CanvasRenderingContext2D, x: number, y: number): void {
  const ring = new Path2D()
  ring.roundRect(x, y, 7, 7, 2)
  ring.roundRect(x + 1, y + 1, 5, 5, 1.2)
  paint(context, ring)
  const core = new Path2D()
  core.roundRect(x + 2, y + 2, 3, 3, 0.8)
  paint(context, core)
}

function paintMark(context: CanvasRenderingContext2D, shape: QrShape): void {
  const middle = shape.size / 2
  const scale = shape.markRadius / 12
  context.translate(middle, middle)
  context.scale(scale, scale)
  context.rotate((20 * Math.PI) / 180)
  context.translate(0, 1.6)
  paint(context, new Path2D(MARK_LEFT))
  context.translate(0, -3.2)
  context.fillStyle = STRAW
  paint(context, new Path2D(MARK_RIGHT))
}

function paint(context: CanvasRenderingContext2D, path: Path2D): void {
  // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- a canvas, not an array
  context.fill(path, 'evenodd')
}
