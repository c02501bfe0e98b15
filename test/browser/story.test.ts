import { existsSync } from 'node:fs'

import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { BotProcess } from '../../sandbox/bot-process.ts'
import { startWorld, type World } from '../../sandbox/world.ts'

const program = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
// The README shows these; they are made anew only when asked for.
const pictures = process.env['UPDATE_SCREENSHOTS'] === undefined ? undefined : 'docs/images'

describe.skipIf(!existsSync(program))(`the story by clicking (needs Chromium at ${program})`, () => {
  let world: World
  let bot: BotProcess
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    world = await startWorld()
    bot = new BotProcess(world)
    await bot.start()
    browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] })
    page = await browser.newPage({ viewport: { width: 1360, height: 1000 } })
    await page.goto(world.slack.url)
  }, 60_000)

  afterAll(async () => {
    await browser.close()
    await bot.end('SIGTERM')
    await world.close()
  })

  const picture = async (name: string): Promise<void> => {
    if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${name}.png` })
  }
  const actAs = async (name: string): Promise<void> => {
    const value = { Ada: 'U0ADA', Ben: 'U0BEN', Otto: 'U0OTTO' }[name] ?? ''
    await page.getByLabel('Acting as').selectOption(value)
  }
  const card = (): ReturnType<Page['locator']> =>
    page.locator('#messages .message', { has: page.locator('.header') }).last()
  const clickOnCard = async (name: string): Promise<void> => {
    await card().getByRole('button', { name, exact: true }).click()
  }

  it('the form opens, shows an error at its field, and asks', async () => {
    await page.getByLabel('Message').fill('/onboard prod-eu shop')
    await page.getByLabel('Message').press('Enter')
    await page.getByRole('heading', { name: 'Onboard', exact: true }).waitFor()
    expect(await page.locator('#modal :focus').getAttribute('id')).toBe('field-template')
    await page.getByLabel('Display name').fill('Shop {{workflow.name}}')
    await page.getByLabel('Subdomain').fill('shop-prod')
    await page.getByRole('button', { name: 'Ask for approval' }).click()
    await page.getByRole('alert').waitFor()
    await picture('form')
    expect(await page.getByRole('alert').textContent()).toContain('{{')
    await page.getByLabel('Display name').fill('Shop *team* <!channel>')
    await page.getByRole('button', { name: 'Ask for approval' }).click()
    await page.getByRole('heading', { name: 'Asked' }).waitFor()
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    await card().getByRole('button', { name: 'Approve' }).waitFor()
    await picture('card-before')
    expect(await card().textContent()).toContain('Shop *team* <!channel>')
  })

  it("an outsider's click is answered privately and does nothing", async () => {
    await actAs('Otto')
    await clickOnCard('Approve')
    await page.getByText('Only visible to you').waitFor()
    expect(await page.locator('.ephemeral').textContent()).toContain('You may not decide')
    await actAs('Ada')
    await page.locator('.ephemeral').waitFor({ state: 'detached' })
  })

  it('after the approval the buttons are gone and the plan runs; the failed step offers what to do', async () => {
    world.setHelmFault('not-ready')
    await actAs('Ben')
    await clickOnCard('Approve')
    await card().getByText('Approved by').waitFor()
    expect(await card().getByRole('button', { name: 'Approve' }).count()).toBe(0)
    await card().locator('.icon.in_progress').first().waitFor()
    await picture('running')
    await card().getByRole('button', { name: /repl/ }).click()
    await page.locator('#replies').getByText('The last lines of its log').waitFor()
    await card().evaluate((shown) => shown.scrollIntoView())
    await picture('failed')
  })

  it('clean up asks first, runs newest first, and says what is left', async () => {
    world.setHelmFault(undefined)
    await clickOnCard('Clean up')
    const dialog = page.getByRole('dialog')
    expect(await dialog.textContent()).toContain(
      'Disconnect the namespace; Unregister from Service Manager; Delete the subaccount',
    )
    await picture('clean-up')
    await dialog.getByRole('button', { name: 'Clean up' }).click()
    await card().getByText('nothing is left').waitFor()
    await page.locator('#replies').getByText('✨ Cleaned up: nothing is left.').waitFor()
    await picture('cleaned-up')
    expect(world.inventory().subaccounts).toEqual([])
  })

  it('asking again, approved and without faults, ends as done', async () => {
    await actAs('Ada')
    await clickOnCard('Ask again')
    await page.getByRole('button', { name: 'Ask for approval' }).click()
    await page.getByRole('heading', { name: 'Asked' }).waitFor()
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    await card().getByRole('button', { name: 'Approve' }).waitFor()
    await actAs('Ben')
    await clickOnCard('Approve')
    await card().getByText('3 of 3 steps done').waitFor()
    await card().getByRole('button', { name: /repl/ }).click()
    await page.locator('#replies').getByText('Everything is done.').waitFor()
    await picture('card-after')
    expect(world.inventory().subaccounts).toEqual(['shop-prod'])
    expect(world.slack.problems).toEqual([])
  })

  it('a page as narrow as a phone shows all of the channel, and the thread over it', async () => {
    await page.setViewportSize({ width: 420, height: 860 })
    if (await page.locator('#thread').isVisible()) await page.getByLabel('Close thread').click()
    // Measured in the page at once: it draws its messages anew whenever one of them changes.
    const edges = await page
      .locator('#typed, #messages .message:last-child .header')
      .evaluateAll((parts) =>
        parts.map((part) => part.getBoundingClientRect()).map(({ left, right }) => ({ left, right })),
      )
    expect(edges.length).toBeGreaterThanOrEqual(2)
    expect(edges.filter(({ left, right }) => left < 0 || right > 420)).toEqual([])
    await card().getByRole('button', { name: /repl/ }).click()
    expect(await page.locator('#thread').boundingBox()).toMatchObject({ x: 0, width: 420 })
    await page.getByLabel('Close thread').click()
    await page.locator('#thread').waitFor({ state: 'hidden' })
  })

  it('a line that is too long is refused in plain words, and not lost', async () => {
    const message = page.getByLabel('Message')
    const line = `/onboard ${'x'.repeat(3_000)}`
    await message.fill(line)
    await message.press('Enter')
    await page.getByText('This is too long').waitFor()
    expect(await message.inputValue()).toBe(line)
    await message.fill('/foo')
    await message.press('Enter')
    await page.getByText('is not a valid command').waitFor()
    expect(await page.getByText('This is too long').isVisible()).toBe(false)
    expect(await message.inputValue()).toBe('')
  })
})
