/** Counts what passed and failed, and says it in one last line that machines read. */

export interface Count {
  readonly passed: number
  readonly failed: number
}

export const NOTHING: Count = { passed: 0, failed: 0 }

export function add(...counts: readonly Count[]): Count {
  return {
    passed: counts.reduce((sum, count) => sum + count.passed, 0),
    failed: counts.reduce((sum, count) => sum + count.failed, 0),
  }
}

/**
 * Reads vitest's JSON report.
 *
 * A file that could not be collected has no tests in it, yet counts as a failure; so does a report without any test.
 */
export function countVitest(report: unknown): Count {
  const { numPassedTests, numFailedTests, testResults } = report as {
    numPassedTests: number
    numFailedTests: number
    testResults: readonly { status: string; assertionResults: readonly unknown[] }[]
  }
  const uncollected = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  return emptyIsFailure({ passed: numPassedTests, failed: numFailedTests + uncollected.length })
}

/** Reads Playwright's JSON report. A test that passed on a retry counts as passed; errors outside tests as failures. */
export function countPlaywright(report: unknown): Count {
  const { stats, errors } = report as {
    stats: { expected: number; unexpected: number; flaky: number }
    errors: readonly unknown[]
  }
  return emptyIsFailure({ passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length })
}

/** Prints the last line and sets the exit code. */
export function finish({ passed, failed }: Count): void {
  process.exitCode = failed === 0 ? 0 : 1
  console.log(`${passed} passed, ${failed} failed`)
}

function emptyIsFailure(count: Count): Count {
  return count.passed + count.failed === 0 ? { passed: 0, failed: 1 } : count
}
