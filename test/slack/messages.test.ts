import type { KnownBlock } from '@slack/types'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { messageBlocks, modal } from '../../sandbox/slack/block-schemas.ts'
import type { Event } from '../../src/onboarding/events.ts'
import type { Onboarding } from '../../src/onboarding/onboarding.ts'
import { renderCard } from '../../src/slack/messages/card.ts'
import { renderForm } from '../../src/slack/messages/form.ts'
import { renderCleanupOffer, renderList, renderStatus } from '../../src/slack/messages/lists.ts'
import { renderNotice } from '../../src/slack/messages/notice.ts'
import { renderRefusal } from '../../src/slack/messages/refusal.ts'
import { renderRejectForm } from '../../src/slack/messages/reject-form.ts'
import { cut, escape, plain, span } from '../../src/slack/messages/text.ts'
import { renderTold } from '../../src/slack/messages/told.ts'
import { renderUndoing } from '../../src/slack/messages/undone.ts'
import {
  ben,
  failedStep,
  failure,
  logRead,
  on,
  phases,
  retryAsked,
  seen,
  stopAsked,
  t0,
  minute,
} from '../onboarding/builders.ts'

const view = {
  approvers: { allow: ['S0PLATFORM', 'C0ONBOARD', 'U0BEN'], deny: [] },
  link: () => 'https://argo.example.com/x',
  cleanup: { digest: '0123456789abcdef', steps: [{ name: 'undo', title: 'Undo it' }] },
}
const link = (): string => 'https://acme.slack.com/archives/C1/p1'
const noticeView = { threadLink: link(), cleanup: view.cleanup }
const all = Object.values(phases())

/** The record with every text that people or programs wrote replaced. */
const withText = (onboarding: Onboarding, text: string): Onboarding => ({
  ...onboarding,
  template: { ...onboarding.template, title: text },
  parameters: Array.from({ length: 30 }, (_, index) => ({ name: `p${index}`, value: text })),
  outputs: [{ name: 'id', value: text }],
  preflight: {
    due: true,
    answer: { isTaken: false, at: 0, text, cure: text },
    unanswered: { text, cure: text, since: 0 },
  },
  decisions: onboarding.decisions.map((decision) => ({ ...decision, comment: text })),
  runs: onboarding.runs.map((run) => ({
    ...run,
    trouble: { text, since: 0, cure: text },
    ...(run.failure !== undefined && { failure: { ...run.failure, message: text, log: [text, text] } }),
    steps: run.steps.map((step) => ({ ...step, title: text, message: text })),
  })),
  notices: onboarding.notices.map((notice) => ({
    ...notice,
    comment: text,
    ...(notice.failure !== undefined && { failure: { message: text, log: [text] } }),
  })),
})

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 3_000 }),
  fc.constantFrom(
    '<!channel>',
    '<@U0BEN>',
    '*bold* _x_ `y`',
    '&lt;',
    '😀'.repeat(1_500),
    '\u202e\u200b',
    '<http://x|y>',
    '__proto__',
  ),
)

/** Every text that Slack would parse, anywhere in a message. */
const parsedTexts = (value: unknown): readonly string[] => {
  if (typeof value !== 'object' || value === null) return []
  const own = 'type' in value && value.type === 'mrkdwn' && 'text' in value ? [String(value.text)] : []
  return [...own, ...Object.values(value).flatMap(parsedTexts)]
}

describe('a message', () => {
  it.each(all.map((one) => [one.phase, one] as const))(
    'of the phase %s is one that Slack takes',
    (_phase, onboarding) => {
      for (const isClassic of [true, false]) {
        const { blocks } = renderCard(onboarding, { ...view, isClassic })
        expect(messageBlocks.safeParse(blocks).error?.message).toBeUndefined()
      }
      for (const notice of onboarding.notices) {
        const { blocks } = renderNotice(onboarding, notice, noticeView)
        expect(messageBlocks.safeParse(blocks).error?.message).toBeUndefined()
      }
    },
  )

  it('keeps every limit, whatever people and programs wrote', () => {
    fc.assert(
      fc.property(texts, fc.constantFrom(...all), fc.boolean(), (text, onboarding, isClassic) => {
        const written = withText(onboarding, text)
        const steps = Array.from({ length: 60 }, (_, index) => ({ name: `s${index}`, title: text }))
        const card = renderCard(written, { ...view, isClassic, cleanup: { ...view.cleanup, steps } })
        const status = renderStatus(
          '*Yours*',
          { shown: Array.from({ length: 20 }, () => written), more: 3 },
          link,
        )
        expect(messageBlocks.safeParse(status.blocks).error?.message).toBeUndefined()
        const messages = [card, ...written.notices.map((notice) => renderNotice(written, notice, noticeView))]
        for (const message of messages) {
          expect(messageBlocks.safeParse(message.blocks).error?.message).toBeUndefined()
          expect(message.text.length).toBeLessThanOrEqual(4_000)
          expect(JSON.stringify(message.blocks).length).toBeLessThan(12_000)
          expect(parsedTexts(message.blocks).filter((one) => /<!channel>|<@U0EVIL>/.test(one))).toEqual([])
        }
      }),
      { numRuns: 150 },
    )
  })

  it('pings nobody whom somebody typed', () => {
    const typed = '<!channel> <@U0EVIL> <!subteam^S0EVIL>'
    for (const onboarding of all) {
      const written = withText(onboarding, typed)
      const parsed = [
        ...parsedTexts(renderCard(written, { ...view, isClassic: true }).blocks),
        ...written.notices.flatMap((notice) => parsedTexts(renderNotice(written, notice, noticeView).blocks)),
        renderCard(written, { ...view, isClassic: false }).text,
      ]
      expect(parsed.filter((text) => /<!channel>|<@U0EVIL>|<!subteam\^S0EVIL>/.test(text))).toEqual([])
    }
  })

  it('shows the words of templates and programs as they are, on one line', () => {
    const wild = '*b* _i_ ~s~ `c` :tada: snake_case\n> line'
    for (const onboarding of all) {
      const written = withText(onboarding, wild)
      // A cure is ours.
      const texts: Onboarding = {
        ...written,
        runs: written.runs.map((run) => ({ ...run, trouble: { text: wild, since: 0 } })),
        preflight: { due: true, answer: { isTaken: false, at: 0, text: wild } },
      }
      const refused = { refused: true, reason: 'preflight', onboarding: texts } as const
      const parsed = [
        ...[true, false].flatMap((isClassic) => {
          const card = renderCard(texts, { ...view, isClassic })
          return [card.text, ...parsedTexts(card.blocks)]
        }),
        ...texts.notices.flatMap((notice) => {
          const { text, blocks } = renderNotice(texts, notice, noticeView)
          return [text, ...parsedTexts(blocks)]
        }),
        renderList('', { shown: [texts], more: 0 }, link),
        ...[renderRefusal(refused, link)].flatMap(({ text, blocks }) => [text, ...parsedTexts(blocks)]),
      ]
      // What is code is not parsed.
      const outside = parsed.map((text) => text.replaceAll(/`[^`\n]*`/g, ''))
      expect(outside.filter((text) => /\*b\*|_i_|:tada: snake|^> line/m.test(text))).toEqual([])
    }
  })

  it('of a run that is to be stopped while argo-server is away says who asked and what comes of it', () => {
    const trouble: Event = { type: 'troubled', at: t0, run: 0, text: 'argo-server cannot be reached.' }
    const { text, blocks } = renderCard(on(phases().approved, trouble, stopAsked()), {
      ...view,
      isClassic: false,
    })
    const said = parsedTexts(blocks).join('\n')
    expect(text).toContain('*Being stopped*, as <@U0ADA> asked')
    expect(said).toContain('*Stop was asked* by <@U0ADA>')
    expect(said).toContain('then it is stopped, else it is never started')
    expect(said).not.toContain('being submitted')
    expect(said).not.toContain('It is tried again')
  })

  it.each([
    { isListed: false, headline: 'The bot cannot see it', isTold: false },
    { isListed: true, headline: 'The bot looks at it only once a minute', isTold: true },
  ])('of a run that is not seen as it should be is headed "$headline"', ({ isListed, headline, isTold }) => {
    const unseen: Event = { type: 'workflow-unseen', at: t0, run: 0, isListed, text: 'no route' }
    const stuck = on(phases().running, seen({ lock: { name: 'one' } }), unseen)
    const { blocks } = renderCard(stuck, { ...view, isClassic: false })
    const said = parsedTexts(blocks).join('\n')
    expect(said).toContain(`*${headline}* since`)
    expect(said.includes('It does not move on')).toBe(isTold)
    // What argo-server says is quoted, and so not parsed.
    expect(JSON.stringify(blocks).includes('It waits for the lock one')).toBe(isTold)
  })

  it('of a failed step shows the last lines of its log', () => {
    const lines = ['09:03:04 no chart {"error":"x"}', '{"a":1}', 'Error: b']
    const failed = on(phases().running, failure, { type: 'log-read', at: t0, run: 0, lines })
    const notice = failed.notices.find(({ kind, to }) => kind === 'run-failed' && to === 'thread')
    if (notice === undefined) throw new Error('there is no notice')
    const { blocks } = renderNotice(failed, notice, noticeView)
    expect(JSON.stringify(blocks)).toContain(JSON.stringify(lines.join('\n')))
  })

  it('names whom the policy leaves out beside those who decide', () => {
    const approvers = { allow: ['S0PLATFORM', 'U0OTTO'], deny: ['U0BEN'] }
    const { blocks } = renderCard(phases().requested, { ...view, isClassic: false, approvers })
    expect(parsedTexts(blocks).join('\n')).toContain(
      '*Who decides*: <!subteam^S0PLATFORM>, <@U0OTTO>, but not <@U0BEN>, until',
    )
  })

  it('of a policy that names no approver promises none', () => {
    for (const deny of [[], ['U0BEN']]) {
      const { blocks } = renderCard(phases().requested, {
        ...view,
        isClassic: false,
        approvers: { allow: [], deny },
      })
      expect(parsedTexts(blocks).join('\n')).toContain(
        '*Who decides*: nobody, since the policy names no approver; it expires',
      )
    }
  })

  it('of more steps than fit counts the rest, before the decision and while they run', () => {
    const { requested, running } = phases()
    const [step] = requested.template.steps
    if (step === undefined) throw new Error('there is no step')
    const many = Array.from({ length: 57 }, (_, index) => ({
      ...step,
      name: `s${index}`,
      title: `Step ${index}`,
    }))
    const asked = { ...requested, template: { ...requested.template, steps: many } }
    const steps = many.map(({ name, title }) => ({ name, title, phase: 'pending' as const }))
    const under = { ...running, runs: running.runs.map((run) => ({ ...run, steps })) }
    for (const one of [asked, under]) {
      const { blocks } = renderCard(one, { ...view, isClassic: false })
      const text = JSON.stringify(blocks)
      expect([text.includes('Step 49"'), text.includes('Step 50"'), text.includes('and 7 more')]).toEqual([
        true,
        false,
        true,
      ])
      expect(messageBlocks.safeParse(blocks).error?.message).toBeUndefined()
    }
  })

  it('that lists tells at which step one failed, and since when it is as it is', () => {
    const { failed, running } = phases()
    const date = `<!date^${(t0 + 3 * minute) / 1_000}^`
    const lines = renderList('*All*', { shown: [failed, running], more: 0 }, link)
    expect(lines).toContain(`has failed at "install-proxy", ${date}`)
    expect(lines).toMatch(/is running, <!date\^\d+\^/)
  })

  it('about a clean-up names who started it', () => {
    const { 'cleanup-failed': left, succeeded } = phases()
    const words = 'Clean-up started by <@U0ADA>, <!date^'
    expect(JSON.stringify(renderCard(left, { ...view, isClassic: false }).blocks)).toContain(words)
    expect(JSON.stringify(renderCard(succeeded, { ...view, isClassic: false }).blocks)).not.toContain(
      'Clean-up started',
    )
  })

  it('about a clean-up that left something behind says so, and does not say that it stopped', () => {
    const { 'cleanup-failed': left } = phases()
    const notice = left.notices.find(({ kind, to }) => kind === 'cleanup-failed' && to === 'thread')
    if (notice === undefined) throw new Error('there is no notice')
    const { text, blocks } = renderNotice(left, notice, noticeView)
    expect(text).toBe(':x: The clean-up is not finished:')
    expect(JSON.stringify(blocks)).toContain('All its steps are done, but still there: subaccount 1')
  })

  it('that lists counts what it leaves out, and cuts no line', () => {
    const { failed } = phases()
    const named = (index: number): Onboarding => ({
      ...failed,
      key: { ...failed.key, namespace: `${'n'.repeat(60)}${index}` },
    })
    const shown = Array.from({ length: 20 }, (_, index) => named(index))
    const text = renderList('*All*', { shown, more: 4 }, link)
    const lines = text.split('\n')
    const whole = lines.slice(1, -1)
    expect(whole.length).toBeLessThan(20)
    expect(whole.every((line) => line.startsWith('• ') && line.endsWith('>'))).toBe(true)
    expect(lines.at(-1)).toBe(
      `and ${24 - whole.length} more: \`/onboard status CLUSTER NAMESPACE\` tells of one.`,
    )
    expect(text.length).toBeLessThanOrEqual(3_100)
  })

  it('whose button cleans up names the file that would run and its steps, in its confirm dialog', () => {
    const { failed } = phases()
    const notice = failed.notices.find(({ kind, to }) => kind === 'run-failed' && to === 'thread')
    if (notice === undefined) throw new Error('there is no notice')
    const file = { text: '', ...view.cleanup }
    const installed = { name: 'x', title: 'X', description: '', parameters: [], onboard: file, cleanup: file }
    const messages = [
      renderCard(failed, { ...view, isClassic: false }),
      renderNotice(failed, notice, noticeView),
      renderCleanupOffer(
        { shown: [failed], more: 0 },
        { threadLink: link, templates: { find: () => installed } },
      ),
    ]
    for (const { blocks } of messages) {
      const text = JSON.stringify(blocks)
      expect(text).toContain('by cleanup.yaml (SHA-256 0123456789ab), newest first: Undo it. What')
      expect(text).toContain(String.raw`\"c\":\"0123456789abcdef\"`)
    }
  })

  it('whose dialog has no room for all that is cleaned up counts the rest, which the card names', () => {
    const { failed } = phases()
    const steps = Array.from({ length: 12 }, (_, index) => ({
      name: `undo-${index}`,
      title: `Undo the part number ${index} of it`,
    }))
    const cleanup = { ...view.cleanup, steps }
    const { blocks } = renderCard(failed, { ...view, cleanup, isClassic: false })
    const dialog = /"confirm":\{"title":.*?"text":"(For[^"]*)"/.exec(JSON.stringify(blocks))?.[1] ?? ''
    const named = dialog.match(/Undo the part/g)?.length ?? 0
    expect(named).toBeGreaterThan(2)
    expect(dialog).toContain(`; ${12 - named} more, which the card names. What is not there is skipped.`)
    expect(dialog.length).toBeLessThanOrEqual(300)
    const list = JSON.stringify(blocks.filter(({ type }) => type === 'rich_text'))
    expect(list).toContain('What Clean up undoes, newest first')
    for (const { title } of steps) expect(list).toContain(title)
    const short = renderCard(failed, { ...view, isClassic: false })
    expect(JSON.stringify(short.blocks)).not.toContain('What Clean up undoes')
  })

  it('whose dialog says first what a value makes the clean-up undo', () => {
    const { failed } = phases()
    const says = (value: string): string => `With ${value}, the subaccount is deleted with all that is in it.`
    const caveats = ['no', 'yes'].map((value) => ({
      parameter: 'force-delete',
      value,
      says: says(value),
      isDefault: value === 'no',
    }))
    const dialogOf = (value: string | undefined): string => {
      const parameters = value === undefined ? [] : [{ name: 'force-delete', value }]
      return renderUndoing({ ...failed, parameters }, { ...view.cleanup, caveats })
    }
    expect(dialogOf('yes')).toMatch(/^With yes, .* in it\. For shop on prod .*, newest first: Undo it\.$/)
    expect(dialogOf(undefined)).toContain(says('no'))
    expect(dialogOf('other')).not.toContain('With')
  })

  it('whose dialog has no room for all warnings counts them, and the card names all', () => {
    const { failed } = phases()
    const caveats = Array.from({ length: 5 }, (_, index) => ({
      parameter: 'region',
      value: 'eu10',
      says: `The part number ${index} is deleted with all that is in it.`,
      isDefault: false,
    }))
    const cleanup = { ...view.cleanup, caveats }
    const dialog = renderUndoing(failed, cleanup)
    expect(dialog.length).toBeLessThanOrEqual(300)
    expect(dialog).toMatch(/number 2 .* 2 more, which the card names\. For shop on prod/)
    const card = JSON.stringify(renderCard(failed, { ...view, cleanup, isClassic: false }).blocks)
    for (const { says } of caveats) expect(card).toContain(says)
  })

  it('whose dialog leaves out what undoes work that never began', () => {
    const { running } = phases()
    const firstFails = seen({
      phase: 'Failed',
      finishedAt: 'T1',
      steps: [{ ...failedStep, name: 'create-subaccount' }],
    })
    const steps = ['uninstall-proxy', 'delete-subaccount'].map((name) => ({ name, title: name }))
    const undoes = { 'uninstall-proxy': 'install-proxy', 'delete-subaccount': 'create-subaccount' }
    const cleanup = { digest: '', steps, undoes }
    expect(renderUndoing(on(running, firstFails, logRead), cleanup)).toContain(
      'first: delete-subaccount. What',
    )
    // A shared operator is removed whoever installed it.
    const caveats = [
      { parameter: 'region', value: 'eu10', says: 'Removes the operator too.', isDefault: false },
    ]
    expect(renderUndoing(on(running, firstFails, logRead), { ...cleanup, caveats })).toContain(
      'first: uninstall-proxy; delete-subaccount.',
    )
    const lastFails = seen({
      phase: 'Failed',
      finishedAt: 'T1',
      steps: [{ name: 'create-subaccount', phase: 'succeeded' }, failedStep],
    })
    expect(renderUndoing(on(running, lastFails, logRead), cleanup)).toContain(
      'first: uninstall-proxy; delete-',
    )
    const unsubmitted = on(phases().approved, { type: 'woken', at: t0 + 5 * 3_600_000 })
    expect(renderUndoing(unsubmitted, cleanup)).toContain('no step of the onboarding has begun')
  })

  it('of a run that was stopped says who stopped it, and when', () => {
    const { running } = phases()
    const stopped = on(running, stopAsked({ by: ben }), failure, logRead)
    const words = 'stopped by <@U0BEN>, <!date^'
    expect(renderCard(stopped, { ...view, isClassic: false }).text).toContain(`:x: *Failed*: ${words}`)
    const notice = stopped.notices.find(({ kind }) => kind === 'run-failed')
    if (notice === undefined) throw new Error('there is no notice')
    expect(renderNotice(stopped, notice, noticeView).text).toContain(`failed: ${words}`)
    const retried = on(stopped, retryAsked())
    expect(renderNotice(retried, notice, noticeView).text).toContain(`failed: ${words}`)
    const failedAlone = renderCard(on(running, failure), { ...view, isClassic: false })
    expect(failedAlone.text).not.toContain('stopped by')
  })

  it('says "nothing is left" only when the clean-up has looked', () => {
    const cleanedUp = phases()['cleaned-up']
    expect(renderCard(cleanedUp, { ...view, isClassic: false }).text).toContain('nothing is left')
    const { remaining: _remaining, ...unlooked } = cleanedUp
    expect(renderCard(unlooked, { ...view, isClassic: false }).text).toContain('all clean-up steps are done')
  })
})

describe('a form', () => {
  const template = {
    name: 'sap-btp',
    title: 'T'.repeat(400),
    description: 'D'.repeat(4_000),
    parameters: [
      {
        name: 'region',
        title: 'Region',
        default: 'eu10',
        enum: ['eu10', 'us10'],
        required: false,
        description: 'Where',
      },
      {
        name: 'many',
        title: 'Many',
        enum: Array.from({ length: 200 }, (_, index) => `v${index}`),
        required: true,
      },
      { name: 'text', title: 'Text', required: true },
    ],
    onboard: { text: '', digest: '', steps: [] },
    cleanup: { text: '', digest: '', steps: [] },
  }
  const catalogue = {
    clusters: [
      { name: 'prod', title: 'Production', templates: ['sap-btp', 'other'] },
      { name: 'dev', title: 'Development', templates: ['sap-btp'] },
    ],
    terms: () => undefined,
    fixedValues: () => [],
    installation: 'x',
  }
  const templates = {
    all: [template],
    find: () => template,
    manifest: () => {
      throw new Error('not here')
    },
    secretsOf: () => ({}),
  }
  it.each([true, false])('a step says in its plan what Argo means (classic: %s)', (isClassic) => {
    const ended = {
      name: 'create-subaccount',
      phase: 'failed',
      message: 'main: Error (exit code 143)',
    } as const
    const card = JSON.stringify(
      renderCard(on(phases().running, seen({ steps: [ended] })), { ...view, isClassic }),
    )
    expect(card).toContain('The step was told to end before it was done')
    expect(card).not.toContain('exit code')
  })

  it.each([[], [{ name: 'region', value: '' }], [{ name: 'region', value: 'us10' }]])(
    'calls no select optional in which something is always chosen: given %j',
    (...values) => {
      const { blocks } = renderForm({ cluster: 'prod', values }, { catalogue, templates })
      const region = blocks.find(({ block_id: id }) => id === 'p:region')
      expect(region).not.toHaveProperty('optional')
      expect(region).toHaveProperty('element.initial_option')
    },
  )
  it('shows the title and description of its template as they are', () => {
    const wild = { ...template, title: '*b* :tada:', description: '`c` <!here>\n> d' }
    const { blocks } = renderForm(
      { cluster: 'prod', values: [] },
      { catalogue, templates: { ...templates, find: () => wild } },
    )
    expect(parsedTexts(blocks)).toEqual([])
    expect(JSON.stringify(blocks[0])).toContain(JSON.stringify(wild.description).slice(1, -1))
  })

  it('offers the templates by their titles, and by their names those that have none', () => {
    const find = (name: string): typeof template | undefined =>
      name === 'sap-btp' ? { ...template, title: 'SAP BTP' } : undefined
    const { blocks } = renderForm(
      { cluster: 'prod', values: [] },
      { catalogue, templates: { ...templates, find } },
    )
    const offered = blocks.find(({ block_id: id }) => id === 'template')
    const options = [
      { text: { text: 'SAP BTP' }, value: 'sap-btp' },
      { text: { text: 'other' }, value: 'other' },
    ]
    expect(offered).toMatchObject({ element: { options } })
  })
  it('is one that Slack takes, whatever it is filled in with', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 4_000 }), (text) => {
        const prefill = { cluster: 'prod', namespace: text, values: [{ name: 'text', value: text }] }
        expect(modal.safeParse(renderForm(prefill, { catalogue, templates })).error?.message).toBeUndefined()
      }),
      { numRuns: 50 },
    )
    expect(modal.safeParse(renderRejectForm('{}')).success).toBe(true)
    expect(modal.safeParse(renderTold('Told', 'x'.repeat(4_000), 'y')).success).toBe(true)
  })
})

describe('a failed run offers first what is likelier to help', () => {
  const offered = (blocks: readonly KnownBlock[]): readonly (readonly [string, string | undefined])[] =>
    blocks
      .flatMap((block) => (block.type === 'actions' ? block.elements : []))
      .flatMap((one) => (one.type === 'button' ? [[one.text.text, one.style] as const] : []))
  const wrong = on(
    phases().running,
    seen({ phase: 'Failed', steps: [{ ...failedStep, exitCode: 2 }] }),
    logRead,
  )
  const ways = (onboarding: Onboarding): readonly (readonly [string, string | undefined])[][] => {
    const notice = onboarding.notices.find(({ kind, to }) => kind === 'run-failed' && to === 'thread')
    if (notice === undefined) throw new Error('nothing was told')
    const isWayOut = ([label]: readonly [string, string | undefined]): boolean => label !== 'Open in Argo'
    return [
      renderCard(onboarding, { ...view, isClassic: false }),
      renderNotice(onboarding, notice, noticeView),
    ].map(({ blocks }) => offered(blocks).filter(isWayOut))
  }
  it('Retry', () => {
    const first = [
      ['Retry', 'primary'],
      ['Clean up', 'danger'],
    ]
    expect(ways(phases().failed)).toEqual([first, first])
  })
  it('Ask again, where nothing has begun, and Retry only where nobody stopped it', () => {
    const { approved } = phases()
    const stopped = on(approved, stopAsked(), { type: 'stop-sent', at: t0, run: 0 })
    const unsubmitted = on(approved, { type: 'woken', at: t0 + 5 * 60 * minute })
    const labels = (onboarding: Onboarding): readonly string[] =>
      offered(renderCard(onboarding, { ...view, isClassic: false }).blocks)
        .map(([label]) => label)
        .filter((label) => label !== 'Open in Argo')
    expect(labels(stopped)).toEqual(['Ask again'])
    expect(labels(unsubmitted)).toEqual(['Retry', 'Ask again'])
  })
  it('Clean up, where a value was wrong', () => {
    const first = [
      ['Clean up', 'danger'],
      ['Retry', undefined],
    ]
    expect(ways(wrong)).toEqual([first, first])
    expect(JSON.stringify(renderCard(wrong, { ...view, isClassic: false }))).toContain(
      'cannot be retried into success',
    )
    expect(renderRefusal({ refused: true, reason: 'unfinished', onboarding: wrong }, link).text).toContain(
      '\nClean it up there first',
    )
  })
})

describe('a refusal', () => {
  const onboarding = phases().failed
  const denial = {
    because: 'not-named',
    rule: { allow: ['S1', 'C1', 'U1', 'requester', 'approvers'], deny: ['U2'] },
  } as const
  it.each([
    [{ reason: 'not-allowed', verb: 'approve', denial } as const, 'Only <!subteam^S1>'],
    [
      {
        reason: 'not-allowed',
        verb: 'approve',
        denial: { because: 'own-request', rule: { allow: ['S1', 'U1'], deny: [] } },
      } as const,
      'You may not decide on this request, since it is your own. Somebody else of <!subteam^S1>, <@U1> may.',
    ],
    [
      {
        reason: 'not-allowed',
        verb: 'approve',
        denial: { because: 'own-request', rule: { allow: [], deny: [] } },
      } as const,
      'The policy names nobody for it.',
    ],
    [
      {
        reason: 'not-allowed',
        verb: 'approve',
        denial: { because: 'not-looked-up', rule: { allow: ['S1'], deny: [] } },
      } as const,
      'Please try again',
    ],
    [
      { reason: 'not-allowed', verb: 'withdraw', denial: { because: 'not-requester' } } as const,
      'only the person who asked',
    ],
    [{ reason: 'unknown' } as const, 'no such onboarding'],
    [{ reason: 'stale', onboarding } as const, 'earlier card'],
    [{ reason: 'wrong-phase', onboarding } as const, 'approved it'],
    [{ reason: 'approved-before', onboarding } as const, 'another person'],
    [
      {
        reason: 'preflight',
        onboarding: {
          ...onboarding,
          preflight: { due: false, answer: { isTaken: false, at: 0, text: '<!here>' } },
        },
      } as const,
      '&lt;!here&gt;',
    ],
    [
      {
        reason: 'conflict',
        onboarding,
        differences: [{ name: 'a', is: 'b', wanted: undefined }],
        cleanupDenial: undefined,
      } as const,
      'clean it up first',
    ],
    [{ reason: 'other-cleanup', onboarding } as const, 'Press Clean up here'],
    [{ reason: 'unfinished', onboarding } as const, 'Retry it or clean it up'],
    [{ reason: 'settling', onboarding } as const, 'in a moment'],
    [{ reason: 'invalid', errors: [{ field: '<!here>', text: 'x' }] } as const, '&lt;!here&gt;'],
  ])('%o says what is and what to do', (refused, words) => {
    expect(renderRefusal({ refused: true, ...refused }, link).text).toContain(words)
  })

  it('argo-server is quoted as it speaks', () => {
    const text = 'no *such* thing\n:x: Approved by <@U0EVIL>'
    const preflight = { due: false, answer: { isTaken: false, at: 0, text, cure: 'Mend it.' } }
    const refused = { refused: true, reason: 'preflight', onboarding: { ...onboarding, preflight } } as const
    const { blocks } = renderRefusal(refused, link)
    expect(blocks[1]).toEqual({
      type: 'rich_text',
      elements: [{ type: 'rich_text_quote', elements: [{ type: 'text', text }] }],
    })
    expect(parsedTexts(blocks)).toEqual([
      'Nothing was approved: argo-server would refuse the workflow.',
      'Mend it.',
      expect.stringMatching(/^Then press \*Check again\* on the card: /),
    ])
  })

  it('values that differ are shown as they were typed, backticks and line breaks too', () => {
    const differences = [{ name: 'note', is: '`a`\n*b*', wanted: ' ' }]
    const refused = { refused: true, reason: 'duplicate', onboarding, differences } as const
    const elements = [
      { type: 'text', text: 'note', style: { bold: true } },
      { type: 'text', text: ': is ' },
      { type: 'text', text: '`a`\n*b*', style: { code: true } },
      { type: 'text', text: ', you asked for ' },
      { type: 'text', text: '(empty)' },
    ]
    expect(renderRefusal(refused, link).blocks[1]).toEqual({
      type: 'rich_text',
      elements: [
        { type: 'rich_text_list', style: 'bullet', elements: [{ type: 'rich_text_section', elements }] },
      ],
    })
  })

  it('while its card is being posted there is no link, and that is said', () => {
    const refused = { refused: true, reason: 'duplicate', onboarding, differences: [] } as const
    const said = renderRefusal(refused, () => undefined).text
    expect(said).toContain(`; its card is being posted in <#${onboarding.thread.channel}>`)
    expect(said).not.toContain('open the thread')
  })
})

describe('text', () => {
  it('is cut between characters and never longer than its limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 50 }), (text, limit) => {
        expect(cut(text, limit).length).toBeLessThanOrEqual(limit)
        expect(cut(text, limit)).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/)
      }),
    )
  })
  it('shows what would hide or turn it around', () => {
    expect(plain('a\u202eb', 100)).toBe('a\\u202eb')
    const turning = '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069'
    expect(plain(turning, 200)).toMatch(/^(?:\\u[0-9a-f]{4}){12}$/)
    expect(escape('<&>')).toBe('&lt;&amp;&gt;')
    expect([span(900), span(61_000), span(3_700_000)]).toEqual(['1 s', '1 min 1 s', '1 h 1 min'])
  })
})
