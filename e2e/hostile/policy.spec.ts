import { meet, signUp } from '../flows.ts'
import { conversationPage } from '../pages/conversationPage.ts'
import { expect, test } from '../people.ts'

test.describe('a breach', () => {
  test.use({ plantsBreach: true })

  test('is stopped, reported and counted', async ({ bob, stack }) => {
    test.skip(!stack.isOurs, 'needs the logs of the processes')
    await signUp(bob)
    expect(await stack.log('messenger')).not.toContain('"csp_report"')
    const stopped = await bob.page.evaluate(() => {
      new Image().src = 'https://mallory.example/pixel.gif'
      try {
        document.createElement('script').src = 'https://mallory.example/x.js'
        return false
      } catch {
        return true
      }
    })
    expect(stopped).toBe(true)
    await expect.poll(() => stack.log('messenger')).toContain('"directive":"img-src","msg":"csp_report"')
    await expect.poll(() => stack.log('messenger')).toContain('"directive":"require-trusted-types-for"')
    expect(bob.complaints.length).toBeGreaterThan(0)
    bob.complaints.length = 0
  })
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
