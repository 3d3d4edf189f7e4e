/** A link as a QR code on white, with its name and its short text beneath: a picture always has a text twin. */
import { useMemo } from 'react'
import { MARK_LEFT, MARK_RIGHT } from './markOutline.ts'
import { QUIET_ZONE, qrShape } from './qr.ts'
import styles from './QrCard.module.css'
import { classes } from './classes.ts'

interface QrCardProps {
  readonly url: string
  readonly label: string
  /** What the picture is, spoken. */
  readonly name: string
  /** The link does not take anybody now. */
  readonly faded?: boolean
}

export function QrCard({ url, label, name, faded = false }: QrCardProps) {
  const shape = useMemo(() => qrShape(url), [url])
  const whole = shape.size + 2 * QUIET_ZONE
  const middle = shape.size / 2
  return (
    <figure className={styles['card']}>
      <svg
        className={classes(styles['code'], faded && styles['faded'])}
        viewBox={`${-QUIET_ZONE} ${-QUIET_ZONE} ${whole} ${whole}`}
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- drawn here, so that it needs no file
        role="img"
        aria-label={name}
        shapeRendering="crispEdges"
      >
        <path className={styles['ink']} d={shape.modules} />
        {shape.finders.map(({ x, y }) => (
          <g key={`${x} ${y}`} shapeRendering="auto">
            <rect className={styles['ring']} x={x + 0.5} y={y + 0.5} width="6" height="6" rx="1.6" />
            <rect className={styles['ink']} x={x + 2} y={y + 2} width="3" height="3" rx="0.8" />
          </g>
        ))}
        <g
          shapeRendering="auto"
          transform={`translate(${middle} ${middle}) scale(${shape.markRadius / 12}) rotate(20)`}
        >
          <path className={styles['ink']} d={MARK_LEFT} transform="translate(0 1.6)" />
          <path className={styles['straw']} d={MARK_RIGHT} transform="translate(0 -1.6)" />
        </g>
      </svg>
      <figcaption className={styles['caption']}>
        <span className={styles['label']}>{label}</span>
        <span className={styles['url']}>{shortLink(url)}</span>
      </figcaption>
    </figure>
  )
}

/** Host and the beginning of the rest: enough to recognise, too little to use. */
export function shortLink(url: string): string {
  const address = url.replace(/^https?:\/\//, '')
  const hash = address.indexOf('#')
  return hash < 0 || address.length <= hash + 9 ? address : `${address.slice(0, hash + 9)}…`
}
