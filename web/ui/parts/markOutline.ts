/** The two halves of the mark, before they slide along the cut and turn by 20°; centred at 0, 0 in a box of 24. */
export const MARK_LEFT = 'M-1-9.55A9.6 9.6 0 0 0-1 9.55Z'
export const MARK_RIGHT = 'M1-9.55A9.6 9.6 0 0 1 1 9.55Z'
