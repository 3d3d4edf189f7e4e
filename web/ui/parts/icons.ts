/** The icons in use, from Phosphor's regular weight. Each is one path in a box of 256. */
import arrowDown from '@phosphor-icons/core/regular/arrow-down.svg?raw'
import arrowUp from '@phosphor-icons/core/bold/arrow-up-bold.svg?raw'
import back from '@phosphor-icons/core/regular/caret-left.svg?raw'
import camera from '@phosphor-icons/core/regular/camera.svg?raw'
import close from '@phosphor-icons/core/regular/x.svg?raw'
import copy from '@phosphor-icons/core/regular/copy.svg?raw'
import devices from '@phosphor-icons/core/regular/devices.svg?raw'
import down from '@phosphor-icons/core/regular/caret-down.svg?raw'
import forward from '@phosphor-icons/core/regular/caret-right.svg?raw'
import hash from '@phosphor-icons/core/regular/hash.svg?raw'
import image from '@phosphor-icons/core/regular/image.svg?raw'
import language from '@phosphor-icons/core/regular/translate.svg?raw'
import link from '@phosphor-icons/core/regular/link.svg?raw'
import more from '@phosphor-icons/core/regular/dots-three.svg?raw'
import plus from '@phosphor-icons/core/regular/plus.svg?raw'
import prohibit from '@phosphor-icons/core/regular/prohibit.svg?raw'
import qr from '@phosphor-icons/core/regular/qr-code.svg?raw'
import read from '@phosphor-icons/core/regular/checks.svg?raw'
import rotate from '@phosphor-icons/core/regular/arrows-clockwise.svg?raw'
import rows from '@phosphor-icons/core/regular/rows.svg?raw'
import save from '@phosphor-icons/core/regular/download-simple.svg?raw'
import search from '@phosphor-icons/core/regular/magnifying-glass.svg?raw'
import settings from '@phosphor-icons/core/regular/gear-six.svg?raw'
import share from '@phosphor-icons/core/regular/share-network.svg?raw'
import sidebar from '@phosphor-icons/core/regular/sidebar-simple.svg?raw'
import storage from '@phosphor-icons/core/regular/hard-drives.svg?raw'
import theme from '@phosphor-icons/core/regular/circle-half.svg?raw'
import trash from '@phosphor-icons/core/regular/trash.svg?raw'
import user from '@phosphor-icons/core/regular/user-circle.svg?raw'

const SOURCES = {
  arrowDown,
  arrowUp,
  back,
  camera,
  close,
  copy,
  devices,
  down,
  forward,
  hash,
  image,
  language,
  link,
  more,
  plus,
  prohibit,
  qr,
  read,
  rotate,
  rows,
  save,
  search,
  settings,
  share,
  sidebar,
  storage,
  theme,
  trash,
  user,
} as const

export type IconName = keyof typeof SOURCES

/** The outline of each icon. */
export const OUTLINES = Object.fromEntries(
  Object.entries(SOURCES).map(([name, svg]) => [name, / d="([^"]+)"/.exec(svg)?.[1] ?? '']),
) as Record<IconName, string>
