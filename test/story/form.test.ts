import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { Play } from './play.ts'

let play: Play
beforeAll(async () => {
  play = await Play.begin()
})
afterEach(() => {
  play.world.slack.people.close('U0ADA')
})
afterAll(async () => {
  await play.end()
})

const fields = (): readonly string[] =>
  (play.world.slack.people.view('U0ADA')?.view.blocks ?? []).flatMap(({ type, block_id: id = '' }) =>
    type === 'input' && id.startsWith('p:') ? [id] : [],
  )

it('of two changes right after each other the last one counts, and the first one too', async () => {
  const { people } = play.world.slack
  await play.open('U0ADA', '/onboard prod-eu shop')
  expect(fields()).toContain('p:display-name')
  await Promise.all([
    people.fill('U0ADA', 'cluster', 'dev-eu'),
    people.fill('U0ADA', 'template', 'namespace'),
  ])
  await play.until('the form has the fields of namespace', () => !fields().includes('p:display-name'))
  const { blocks } = people.view('U0ADA')?.view ?? { blocks: [] }
  const cluster = blocks.find(({ block_id: id }) => id === 'cluster')
  expect(cluster).toMatchObject({ element: { initial_option: { value: 'dev-eu' } } })
  expect(play.world.slack.problems).toEqual([])
})

it('a form that is sent before it has the fields of its template comes back with them, and asks nothing', async () => {
  const { people } = play.world.slack
  await play.open('U0ADA', '/onboard prod-eu checkout display-name=Shop subdomain=shop')
  const open = people.view('U0ADA')
  // Chosen, and not told to the bot yet.
  if (open !== undefined) open.values['template'] = 'namespace'
  expect(await play.send('U0ADA')).toContain('Nothing is asked yet')
  expect(fields()).not.toContain('p:display-name')
  expect(fields()).not.toEqual([])
  const { blocks } = people.view('U0ADA')?.view ?? { blocks: [] }
  const namespace = blocks.find(({ block_id: id }) => id === 'namespace')
  expect(namespace).toMatchObject({ element: { initial_value: 'checkout' } })
  expect(play.cards()).toEqual([])
})
