import { expect, test } from 'vitest'
import { add, countPlaywright, countVitest } from './count.ts'

test('tests are counted as vitest reports them', () => {
  const testResults = [{ status: 'failed', assertionResults: [{}, {}, {}] }]
  expect(countVitest({ numPassedTests: 2, numFailedTests: 1, testResults })).toEqual({ passed: 2, failed: 1 })
})

test('a file that cannot be collected is a failure', () => {
  const testResults = [{ status: 'failed', assertionResults: [] }]
  expect(countVitest({ numPassedTests: 5, numFailedTests: 0, testResults })).toEqual({ passed: 5, failed: 1 })
})

test('a run without any test is a failure', () => {
  expect(countVitest({ numPassedTests: 0, numFailedTests: 0, testResults: [] })).toEqual({
    passed: 0,
    failed: 1,
  })
  expect(countPlaywright({ stats: { expected: 0, unexpected: 0, flaky: 0 }, errors: [] })).toEqual({
    passed: 0,
    failed: 1,
  })
})

test('an error outside any test is a failure', () => {
  expect(countPlaywright({ stats: { expected: 3, unexpected: 1, flaky: 1 }, errors: [{}] })).toEqual({
    passed: 4,
    failed: 2,
  })
})

test('counts add up', () => {
  expect(add({ passed: 1, failed: 0 }, { passed: 2, failed: 3 })).toEqual({ passed: 3, failed: 3 })
})
