/** Two things side by side in one run: machines are noisy, ratios are not. */

export interface Figure {
  /** Median of the rounds, milliseconds for the whole amount of work. */
  readonly oursMs: number
  readonly bareMs: number
  /** Median over the rounds of ours / bare of the same round. */
  readonly ratio: number
  /** Lowest and highest ratio of a round. */
  readonly spread: readonly [number, number]
}

/** Runs ours and bare in turn, the order alternating, after one round that does not count. */
export async function sideBySide(
  rounds: number,
  ours: () => Promise<number>,
  bare: () => Promise<number>,
): Promise<Figure> {
  await ours()
  await bare()
  const pairs: { ours: number; bare: number }[] = []
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      const first = await ours()
      pairs.push({ ours: first, bare: await bare() })
    } else {
      const first = await bare()
      pairs.push({ bare: first, ours: await ours() })
    }
  }
  const ratios = pairs.map((pair) => pair.ours / pair.bare)
  return {
    oursMs: rounded(median(pairs.map((pair) => pair.ours))),
    bareMs: rounded(median(pairs.map((pair) => pair.bare))),
    ratio: rounded(median(ratios)),
    spread: [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))],
  }
}

/** Milliseconds that `work` took. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
