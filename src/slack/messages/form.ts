import type { InputBlock, KnownBlock, ModalView } from '@slack/types'
import { z } from 'zod'

import { valueOf, type Parameter } from '../../onboarding/onboarding.ts'
import type { Catalogue } from '../../onboarding/ports/catalogue.ts'
import type { Template, Templates } from '../../onboarding/ports/templates.ts'
import type { RequestInput } from '../../runner/commands.ts'
import type { FormState } from '../payloads.ts'
import { field, option, select, typed, words } from './form-fields.ts'
import { cut, rich, verbatim } from './text.ts'

export const requestViewId = 'onboard.request'
/** Changing one of these changes which fields the form has. */
export const formActions = { cluster: 'onboard.form.cluster', template: 'onboard.form.template' } as const

/** What the form is opened with; nothing of it is checked yet. */
export interface Prefill {
  readonly cluster?: string
  readonly namespace?: string
  readonly template?: string
  readonly values: readonly Parameter[]
}

interface Offer {
  readonly cluster: string | undefined
  readonly template: Template | undefined
  readonly names: readonly string[]
}

/** The cluster and template that a form shows: as wished where that is offered, else the first. */
const offerOf = (prefill: Prefill, catalogue: Catalogue, templates: Templates): Offer => {
  const wished = catalogue.clusters.find(({ name }) => name === prefill.cluster)
  const cluster = wished ?? (catalogue.clusters.length === 1 ? catalogue.clusters[0] : undefined)
  const names = cluster?.templates ?? [...new Set(catalogue.clusters.flatMap((one) => one.templates))]
  const name =
    prefill.template !== undefined && names.includes(prefill.template) ? prefill.template : names[0]
  return { cluster: cluster?.name, template: name === undefined ? undefined : templates.find(name), names }
}

const placeBlocks = (
  prefill: Prefill,
  offer: Offer,
  { catalogue, titleOf }: { catalogue: Catalogue; titleOf: (template: string) => string | undefined },
): readonly KnownBlock[] => {
  const cluster = select({
    blockId: 'cluster',
    label: 'Cluster',
    actionId: formActions.cluster,
    options: catalogue.clusters.slice(0, 100).map(({ name, title }) => option(name, title)),
    initial: offer.cluster,
    isDispatched: true,
  })
  const namespace: InputBlock = {
    type: 'input',
    block_id: 'namespace',
    label: words('Namespace', 2_000),
    hint: words('Where the product lives on the cluster: lower-case letters, digits and dashes.', 2_000),
    element: {
      type: 'plain_text_input',
      action_id: 'value',
      max_length: 63,
      ...(prefill.namespace !== undefined && { initial_value: cut(prefill.namespace, 63) }),
    },
  }
  if (offer.names.length < 2) return [cluster, namespace]
  const options = offer.names.map((name) => option(name, titleOf(name)))
  const initial = offer.template?.name
  const template = select({
    blockId: 'template',
    label: 'Template',
    actionId: formActions.template,
    options,
    initial,
    isDispatched: true,
  })
  return [template, cluster, namespace]
}

const metadataSchema = z.strictObject({ template: z.string() })

/** The form of `/onboard`: the place, then the fields that the template's workflow declares. */
export const renderForm = (
  prefill: Prefill,
  { catalogue, templates }: { catalogue: Catalogue; templates: Templates },
): ModalView => {
  const offer = offerOf(prefill, catalogue, templates)
  const { template } = offer
  const title = verbatim(template?.title ?? 'Onboarding', { limit: 150, style: { bold: true } })
  const description = template?.description ?? ''
  const fields = (template?.parameters ?? []).map((one) => field(one, valueOf(prefill.values, one.name)))
  return {
    type: 'modal',
    callback_id: requestViewId,
    private_metadata: JSON.stringify({ template: template?.name ?? '' }),
    title: words('Onboard', 24),
    submit: words('Ask for approval', 24),
    close: words('Cancel', 24),
    blocks: [
      rich(title, ...(description === '' ? [] : [verbatim(`\n${description}`, { limit: 2_000 })])),
      ...placeBlocks(prefill, offer, { catalogue, titleOf: (name) => templates.find(name)?.title }),
      ...fields,
    ],
  }
}

/** What stands in a form. */
export const readForm = (view: { private_metadata: string; state: FormState }): RequestInput => {
  const { state } = view
  const metadata = metadataSchema.safeParse(readJson(view.private_metadata)).data
  const parameters = Object.keys(state.values)
    .filter((blockId) => blockId.startsWith('p:'))
    .flatMap((blockId) => {
      const value = typed(state, blockId)
      return value === undefined ? [] : [{ name: blockId.slice(2), value }]
    })
  return {
    cluster: typed(state, 'cluster') ?? '',
    namespace: (typed(state, 'namespace') ?? '').trim(),
    template: typed(state, 'template') ?? metadata?.template ?? '',
    parameters,
  }
}

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // Not ours: the schema then refuses it.
    return undefined
  }
}

/** Which block of the form a field error belongs to. */
export const blockOf = (field: string): string =>
  field === 'cluster' || field === 'namespace' || field === 'template' ? field : `p:${field}`
