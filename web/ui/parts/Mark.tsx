/** The mark, one disc cut in two: as the brand, as pictures of a state, and as the delivery marks of a Message. */
import type { Mark as DeliveryState } from '../../engine/read.ts'
import { hueOf } from './identity.ts'
import { MARK_LEFT, MARK_RIGHT } from './markOutline.ts'
import styles from './Mark.module.css'
import { classes } from './classes.ts'

const HALF = 'M0-9.6A9.6 9.6 0 0 0 0 9.6Z'

/** `requests`: hollow and straw. `hollow`: nobody yet. `alarm`: pulled apart, theirs hollow and dangerous. */
type Look = 'brand' | 'requests' | 'hollow' | 'alarm'

export function Mark({ look = 'brand', size }: { look?: Look; size: 'inline' | 'row' | 'card' | 'page' }) {
  const apart = look === 'alarm' ? 2.2 : 0
  return (
    <svg
      className={classes(styles['mark'], styles[size], styles[look])}
      viewBox="-12 -12 24 24"
      aria-hidden="true"
    >
      <g transform="rotate(20)">
        <path className={styles['left']} d={MARK_LEFT} transform={`translate(${-apart} 1.6)`} />
        <path className={styles['right']} d={MARK_RIGHT} transform={`translate(${apart} -1.6)`} />
      </g>
    </svg>
  )
}

/** One's own half still dashed, the other in the tone of whoever is to be written to. */
export function MeetingMark({ accountId, initial }: { accountId: string; initial: string }) {
  return (
    <svg
      className={classes(styles['mark'], styles['page'])}
      viewBox="-12 -12 24 24"
      aria-hidden="true"
      data-hue={hueOf(accountId)}
    >
      <g transform="rotate(20)">
        <path className={styles['dashed']} d={MARK_LEFT} transform="translate(0 1.6)" />
        <path className={styles['toned']} d={MARK_RIGHT} transform="translate(0 -1.6)" />
      </g>
      <text className={styles['initial']} x="4.4" y="0.6">
        {initial}
      </text>
    </svg>
  )
}

/** Somebody else's Message that is still to come: their half. */
export function ArrivingMark() {
  return (
    <svg className={styles['delivery']} viewBox="-12 -12 24 24" aria-hidden="true">
      <circle className={styles['ring']} r="8.6" />
      <path d={HALF} transform="rotate(200)" />
    </svg>
  )
}

/** Where a Message is; its name stands beside it in words. */
export function DeliveryMark({ state }: { state: DeliveryState }) {
  return (
    <svg className={classes(styles['delivery'], styles[state])} viewBox="-12 -12 24 24" aria-hidden="true">
      <DeliveryShape state={state} />
    </svg>
  )
}

function DeliveryShape({ state }: { state: DeliveryState }) {
  switch (state) {
    case 'on_device':
      return <circle className={styles['ring']} r="8.6" />
    case 'with_server':
      return (
        <>
          <circle className={styles['ring']} r="8.6" />
          <path d={HALF} transform="rotate(20)" />
        </>
      )
    case 'delivered':
      return (
        <g transform="rotate(20)">
          <path d={MARK_LEFT} transform="translate(-0.6 0)" />
          <path d={MARK_RIGHT} transform="translate(0.6 0)" />
        </g>
      )
    case 'read':
      return <circle r="9.6" />
    case 'failed':
    case 'expired':
      return (
        <>
          <circle r="9.6" />
          <path className={styles['bang']} d="M0-4.6V1.2M0 4.8v.2" />
        </>
      )
  }
}
