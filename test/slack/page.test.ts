import { readdirSync, readFileSync } from 'node:fs'

import { expect, it } from 'vitest'

const folder = 'src/slack/messages'

it.each([
  ['page', 'sandbox/slack/page/blocks.js'],
  ['tour', 'sandbox/slack/render.ts'],
])("every emoji that the bot's messages name is shown by the sandbox's %s", (_, file) => {
  const page = readFileSync(file, 'utf8')
  const shown = [...page.matchAll(/^ {2}([a-z_]+): '[^a-z]+',$/gm)].map(([, name]) => name)
  const written = readdirSync(folder).flatMap((name) =>
    [...readFileSync(`${folder}/${name}`, 'utf8').matchAll(/:([a-z_]{1,60}):/g)].map(([, one]) => one),
  )
  expect(written).toContain('mag')
  expect(written.filter((name) => !shown.includes(name))).toEqual([])
})
