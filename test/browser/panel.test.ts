import { existsSync } from 'node:fs'

import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { BotProcess } from '../../sandbox/bot-process.ts'
import { createPanel } from '../../sandbox/panel.ts'
import { startWorld, type World } from '../../sandbox/world.ts'

const program = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

describe.skipIf(!existsSync(program))(`the panel of the page (needs Chromium at ${program})`, () => {
  let world: World
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    world = await startWorld({ panel: createPanel(() => ({ world, bot: new BotProcess(world) })) })
    browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] })
    page = await browser.newPage({ viewport: { width: 1360, height: 1000 } })
    await page.goto(world.slack.url)
  }, 60_000)

  afterAll(async () => {
    await browser.close()
    await world.close()
  })

  it('the faults are shown by part, and how many of them are on', async () => {
    const part = page.locator('#panel details', { hasText: 'Kubernetes API: done, and not said' })
    const box = part.getByLabel('DELETE: the connection drops')
    await part.waitFor()
    expect(await box.isVisible()).toBe(false)
    await part.locator('summary').click()
    await box.check()
    await part.locator('summary', { hasText: '1 on' }).waitFor()
    expect(world.kubernetes.faults.lostAnswers).toEqual(['DELETE '])
    await box.uncheck()
    await part.locator('b').waitFor({ state: 'detached' })
    expect(world.kubernetes.faults.lostAnswers).toEqual([])
    expect(await box.isVisible()).toBe(true)
  })

  it('the panel fits its column, with all parts open', async () => {
    await page.locator('#panel details').evaluateAll((parts) => {
      for (const part of parts) part.setAttribute('open', '')
    })
    await page.getByText('The chart does not become ready').waitFor()
    const { width, scrolled } = await page
      .locator('#panel')
      .evaluate(({ clientWidth, scrollWidth }) => ({ width: clientWidth, scrolled: scrollWidth }))
    expect(scrolled).toBeLessThanOrEqual(width)
  })
})
