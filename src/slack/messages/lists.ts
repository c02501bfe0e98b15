import type { KnownBlock } from '@slack/types'

import type { Onboarding } from '../../onboarding/onboarding.ts'
import type { Catalogue } from '../../onboarding/ports/catalogue.ts'
import type { Templates } from '../../onboarding/ports/templates.ts'
import { actions, button } from './buttons.ts'
import type { Message } from './card.ts'
import { renderExists } from './exists.ts'
import { renderLine, type ThreadLink } from './refusal.ts'
import { cut, escape, plain, section, subjects } from './text.ts'

export const helpText = [
  '*Onboarding*',
  '`/onboard` opens the form.',
  '`/onboard CLUSTER NAMESPACE [TEMPLATE] [name=value name2="two words"]` opens it filled in, or tells how it stands.',
  '`/onboard status [CLUSTER NAMESPACE [TEMPLATE]]` tells how yours, or that one, stands.',
  '`/onboard list` shows what is under way and what ended last.',
  '`/onboard who-can-approve` tells who decides.',
  '`/onboard-cleanup [CLUSTER NAMESPACE [TEMPLATE]]` offers what you may clean up.',
].join('\n')

const usages = {
  '/onboard':
    'Type `/onboard CLUSTER NAMESPACE [TEMPLATE] [name=value]`, or `/onboard` alone; `/onboard help` shows the rest.',
  '/onboard status':
    'Type `/onboard status CLUSTER NAMESPACE [TEMPLATE]`, or `/onboard status` alone for what you asked for.',
  '/onboard list': 'Type `/onboard list` alone; `/onboard status CLUSTER NAMESPACE` tells of one.',
  '/onboard who-can-approve': 'Type `/onboard who-can-approve` alone: it tells of every cluster.',
  '/onboard help': 'Type `/onboard help` alone.',
  '/onboard-cleanup': 'Type `/onboard-cleanup CLUSTER NAMESPACE [TEMPLATE]`, or `/onboard-cleanup` alone.',
} as const

/** A private answer to something that was not understood; the mistake is plain text and may repeat what was typed. */
export const renderMistake = (mistake: string, command: keyof typeof usages): Message => {
  const cure = usages[command]
  const shown = plain(mistake, 1_500)
  return {
    text: `${escape(shown)}\n${cure}`,
    blocks: [{ type: 'section', text: { type: 'plain_text', text: shown, emoji: false } }, section(cure)],
  }
}

/** Onboardings that are shown, and how many are not. */
export interface Counted {
  readonly shown: readonly Onboarding[]
  readonly more: number
}

/** What a message leaves out is found by its name. */
const rest = (more: number, command: string): readonly string[] =>
  more === 0 ? [] : [`and ${more} more: \`${command} CLUSTER NAMESPACE\` tells of one.`]

/** What one message takes (characters). */
const longestList = 2_900

/** Onboardings, a line each; no line is cut. */
export const renderList = (title: string, { shown, more }: Counted, link: ThreadLink): string => {
  if (shown.length === 0) return `${title}\nThere is nothing.`
  const lines = shown.map((one) => `• ${renderLine(one, link)}`)
  const fitting = lines.filter((_, index) => lines.slice(0, index + 1).join('\n').length <= longestList)
  return [title, ...fitting, ...rest(more + lines.length - fitting.length, '/onboard status')].join('\n')
}

/** Onboardings, each with what exists of it. */
export const renderStatus = (title: string, onboardings: Counted, link: ThreadLink): Message => ({
  text: renderList(title, onboardings, link),
  blocks:
    onboardings.shown.length === 0
      ? [section(`${title}\nThere is nothing.`)]
      : [
          section(title),
          ...onboardings.shown.flatMap((one) => [section(renderLine(one, link)), ...renderExists(one)]),
          ...rest(onboardings.more, '/onboard status').map((text) => section(text)),
        ],
})

/** What an offer shows beside the record. */
interface OfferView {
  readonly threadLink: ThreadLink
  readonly templates: Pick<Templates, 'find'>
}

const offer = (one: Onboarding, { threadLink, templates }: OfferView, index = 0): readonly KnownBlock[] => [
  section(renderLine(one, threadLink)),
  ...actions([button('cleanup', one, templates.find(one.key.template)?.cleanup)], `offer.${index}`),
]

/** What somebody may clean up, each with its button. */
export const renderCleanupOffer = ({ shown, more }: Counted, view: OfferView): Message => {
  const title = 'What you may clean up:'
  const blocks = shown.flatMap((one, index) => offer(one, view, index))
  const left = rest(more, '/onboard-cleanup').map((text) => section(text))
  return { text: title, blocks: [section(title), ...blocks, ...left] }
}

/** What is to be read and pressed where the clean-up is another one than a button's dialog said. */
export const renderOtherCleanup = (
  onboarding: Onboarding,
  { why, view }: { readonly why: Message; readonly view: OfferView },
): Message => ({ text: why.text, blocks: [...why.blocks, ...offer(onboarding, view)] })

/** Who decides about what, cluster by cluster. */
export const renderApprovers = (catalogue: Catalogue): string => {
  const lines = catalogue.clusters.flatMap(({ name, templates }) =>
    templates.map((template) => {
      const policy = catalogue.terms(name, template)?.policy
      const who = policy === undefined ? '' : subjects(policy.rules.approve)
      const need = policy?.approvals === 0 ? 'no approval is needed' : who === '' ? 'nobody' : who
      return `• \`${template}\` on \`${name}\`: ${need}`
    }),
  )
  return cut(['*Who decides*', ...lines].join('\n'), 2_900)
}
