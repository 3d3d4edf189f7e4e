import { meet } from '../flows.ts'
import { conversationPage } from '../pages/conversationPage.ts'
import { expect, test } from '../people.ts'

const REPORT = '"msg":"csp_report"'

test('a whole story breaks no policy, and a planted breach is reported and stopped', async ({
  alice,
  bob,
  stack,
}) => {
  test.skip(!stack.isOurs, 'needs the logs of the processes')
  await meet(alice, bob)
  expect(await stack.log('messenger')).not.toContain(REPORT)

  const breached = await bob.page.evaluate(async () => {
    const script = document.createElement('script')
    let isStopped = false
    try {
      script.src = 'https://mallory.example/x.js'
      document.head.append(script)
    } catch {
      isStopped = true
    }
    const image = new Image()
    image.src = 'https://mallory.example/pixel.gif'
    return isStopped
  })
  expect(breached).toBe(true)
  await expect.poll(() => stack.log('messenger'), { timeout: 80_000 }).toContain(REPORT)
  expect(bob.complaints.length).toBeGreaterThan(0)
  bob.complaints.length = 0
})

test('markup in a message is shown as text', async ({ alice, bob }) => {
  await meet(alice, bob)
  const hostile = [
    '<img src=x onerror="globalThis.tripped = true">',
    '<script>globalThis.tripped = true</script>',
    'javascript:globalThis.tripped=true',
    '"><svg onload=globalThis.tripped=true>',
    '{{constructor.constructor("globalThis.tripped=true")()}}',
    '\u202Ereversed\u202C and \u0301\u0301\u0301 stacked',
  ]
  for (const text of hostile) {
    await conversationPage(bob.page).send(text)
    await expect(conversationPage(alice.page).message(text)).toBeVisible()
  }
  for (const { page } of [alice, bob]) {
    expect(await page.evaluate(() => 'tripped' in globalThis)).toBe(false)
  }
})
