import { isDeepStrictEqual } from 'node:util'

import { isObject, objectAt, textAt } from '../../sandbox/kubernetes/json.ts'
import type { Recording } from './sandbox-world.ts'

/** What a server said, recorded or by the sandbox. */
export interface Said {
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown
}

/** The same on both sides; undefined where one has nothing there. */
interface Sides {
  readonly recorded: unknown
  readonly answered: unknown
}

interface Compared extends Sides {
  /** What the place is in. */
  readonly around: Sides
  /** The object of Kubernetes that it is in. */
  readonly object: Sides
  readonly answer: Said
}

/** A place at which the sandbox is meant to answer otherwise than the recorded server. */
export interface Difference {
  /** Such as `body.metadata.uid` and `body.items[].spec`; nodes of workflows stand by their names. */
  readonly at: RegExp
  /** The recordings in which it is; all where nothing is said. */
  readonly in?: RegExp
  readonly why: string
  /** What both sides have in common all the same. */
  readonly isAlike: (compared: Compared) => boolean
}

/** Reads the text of an answer as the recording has it: JSON, or as it came. */
const bodyOf = (text: string, { response }: Recording): unknown =>
  response.json === undefined ? text : JSON.parse(text)

/** What the recorded server said. */
export const recordedIn = ({ response: { headers, json, chunks, body } }: Recording): Said => ({
  headers,
  body: json ?? chunks?.map(({ text }) => text).join('') ?? body ?? '',
})

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 200) ?? 'nothing'

const nothing: Sides = { recorded: undefined, answered: undefined }

/** What the sandbox said to the same request. */
export const answeredIn = async (answer: Response, recorded: Recording): Promise<Said> => ({
  headers: Object.fromEntries(answer.headers),
  body: bodyOf(await answer.text(), recorded),
})

/** Compares answers with recordings, and knows which of the listed differences there really are. */
export class Comparison {
  readonly #listed: readonly Difference[]
  readonly #needed = new Set<Difference>()
  readonly #names = new Set<string>()

  constructor(listed: readonly Difference[]) {
    this.#listed = listed
  }

  /** How many recordings were compared. */
  get size(): number {
    return this.#names.size
  }

  /** Each difference that is not listed, with its place. */
  unlisted(name: string, recorded: Said, answer: Said): readonly string[] {
    this.#names.add(name)
    const compare = (at: string, one: Omit<Compared, 'answer'>): readonly string[] => {
      const { recorded: r, answered: a } = one
      const sides = { recorded: r, answered: a }
      if (isDeepStrictEqual(r, a)) return []
      const known = this.#listed.find(
        (listed) =>
          listed.at.test(at) && listed.in?.test(name) !== false && listed.isAlike({ ...one, answer }),
      )
      if (known !== undefined) {
        this.#needed.add(known)
        return []
      }
      if (Array.isArray(r) && Array.isArray(a) && r.length === a.length)
        return r.flatMap((value, index) =>
          compare(`${at}[]`, { ...one, recorded: value, answered: a[index], around: sides }),
        )
      if (isObject(r) && isObject(a)) {
        const object = 'metadata' in a ? sides : one.object
        return Object.keys({ ...r, ...a }).flatMap((key) =>
          compare(`${at}.${key}`, { recorded: r[key], answered: a[key], around: sides, object }),
        )
      }
      return [`${at}: recorded ${shown(r)}, answered ${shown(a)}`]
    }
    return (['headers', 'body'] as const).flatMap((part) =>
      compare(part, {
        recorded: recorded[part],
        answered: answer[part],
        around: nothing,
        object: nothing,
      }),
    )
  }

  /** The reasons of listed differences that no compared answer had. */
  unneeded(): readonly string[] {
    return this.#listed.filter((one) => !this.#needed.has(one)).map(({ at, why }) => `${at}: ${why}`)
  }
}

/** Both sides are texts of this form. */
export const both =
  (form: RegExp) =>
  ({ recorded, answered }: Compared): boolean =>
    [recorded, answered].every((value) => typeof value === 'string' && form.test(value))

/** The texts are the same but for what has these forms. */
export const sameBut =
  (...forms: readonly RegExp[]) =>
  ({ recorded, answered }: Compared): boolean => {
    const without = (value: unknown): unknown =>
      typeof value === 'string' ? forms.reduce((text, form) => text.replaceAll(form, '*'), value) : value
    return without(recorded) === without(answered)
  }

const isWhole = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0

/** The sandbox leaves it out. */
export const onlyRecorded = ({ recorded, answered }: Compared): boolean =>
  recorded !== undefined && answered === undefined

const ownTime = 'each server has its own clock'

/** Of every object of Kubernetes. */
export const objects: readonly Difference[] = [
  {
    at: /\.uid$/,
    why: 'Kubernetes makes one for each object',
    isAlike: both(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/),
  },
  { at: /\.resourceVersion$/, why: 'each store counts its own writes', isAlike: both(/^\d+$/) },
  { at: /\.creationTimestamp$/, why: ownTime, isAlike: both(/^\d{4}(?:-\d\d){2}T(?:\d\d:){2}\d\dZ$/) },
  {
    at: /\.managedFields$/,
    why: 'who manages which field is of no interest to the bot; what applying makes of it is held by the tests of the steps',
    isAlike: ({ recorded, answered }) => Array.isArray(recorded) && Array.isArray(answered),
  },
]

export const date: Difference = {
  at: /^headers\.date$/,
  why: ownTime,
  isAlike: both(/^\w{3}, \d\d \w{3} \d{4} (?:\d\d:){2}\d\d GMT$/),
}

/** Of a client that keeps its connections, which the one that recorded did not. */
export const keptConnection: readonly Difference[] = [
  {
    at: /^headers\.connection$/,
    why: 'the client that recorded asked for a connection of its own',
    isAlike: ({ recorded, answered }) => recorded === 'close' && answered === 'keep-alive',
  },
  {
    at: /^headers\.keep-alive$/,
    why: 'so it was not told how long a connection is kept',
    isAlike: ({ recorded, answered }) => recorded === undefined && answered === 'timeout=5',
  },
]

/** Of argo-server's limit of calls. */
export const callLimit: readonly Difference[] = [
  {
    at: /^headers\.x-ratelimit-remaining$/,
    why: 'what others call counts too, and recordings were made one after the other',
    isAlike: ({ recorded, answered, answer: { headers } }) =>
      [recorded, answered].every(
        (left) => isWhole(Number(left)) && Number(left) < Number(headers['x-ratelimit-limit']),
      ),
  },
  { ...date, at: /^headers\.x-ratelimit-reset$/, in: /^[^/]+$/ },
]

export const olderReset: Difference = {
  at: /^headers\.x-ratelimit-reset$/,
  in: /\//,
  why: 'argo-server 3.7 and 4.0 write UTC where HTTP has GMT; the sandbox is a 4.1',
  isAlike: ({ recorded, answered }) => String(answered).endsWith('GMT') && String(recorded).endsWith('UTC'),
}

const secondsOf = (node: unknown): number =>
  (Date.parse(textAt(node, 'finishedAt') ?? '') - Date.parse(textAt(node, 'startedAt') ?? '')) / 1_000

const memoryOf = (around: unknown): unknown => objectAt(around, 'resourcesDuration')['memory']

const podsIn = (workflow: unknown): readonly unknown[] =>
  Object.values(objectAt(objectAt(workflow, 'status'), 'nodes')).filter(
    (node) => textAt(node, 'type') === 'Pod',
  )

/** Whether it is less than all pods took, as much, or more: an attempt that failed counts on after a retry. */
const sumSign = (around: unknown, workflow: unknown): number => {
  const costs = podsIn(workflow).map((pod) => Number(memoryOf(pod) ?? 0))
  return Math.sign(Number(memoryOf(around)) - costs.reduce((total, cost) => total + cost, 0))
}

const isAlikeMemory = (around: Sides, object: Sides): boolean => {
  const type = textAt(around.answered, 'type')
  // The sandbox counts a second more than a step took, and adds up.
  if (type === 'Pod') return memoryOf(around.answered) === secondsOf(around.answered) + 1
  const isGroup = type === 'StepGroup'
  return isGroup || sumSign(around.answered, object.answered) === sumSign(around.recorded, object.recorded)
}

/** Of workflows whose steps ran, in an answer that shows one. */
export const ran: readonly Difference[] = [
  {
    at: /\.(?:startedAt|finishedAt)$/,
    why: ownTime,
    isAlike: both(/^\d{4}(?:-\d\d){2}T(?:\d\d:){2}\d\dZ$/),
  },
  {
    at: /\.resourcesDuration$/,
    why: 'what the pods of that cluster took; the steps of the sandbox end at once',
    isAlike: ({ recorded, answered, around, object }) =>
      [recorded, answered].every(
        (used) => isObject(used) && isWhole(used['cpu']) && isWhole(used['memory']),
      ) && isAlikeMemory(around, object),
  },
  {
    at: /\.workflows\.argoproj\.io\/trace-id$/,
    why: 'Argo makes one for each run',
    isAlike: both(/^[\da-f]{32}$/),
  },
  {
    at: /\.generation$/,
    in: /^(?:get|retry|resume|shape-get|watch)-|\/watch-/,
    why: 'one for each update: how many passes the controller makes between two changes is chance',
    isAlike: ({ recorded, answered }) => [recorded, answered].every((count) => isWhole(count) && count !== 0),
  },
]

export const build: Difference = {
  at: /^body\.gitCommit$/,
  why: 'where the server was built is not for a sandbox to copy',
  isAlike: ({ recorded, answered }) => typeof recorded === 'string' && answered === 'sandbox',
}

/** How long an answer is: it follows from the body, which is compared. */
export const framing: readonly Difference[] = [
  {
    at: /^headers\.content-length$/,
    why: 'Go sizes short answers, the sandbox none; no client sees it',
    isAlike: onlyRecorded,
  },
  {
    at: /^headers\.transfer-encoding$/,
    why: 'Go sizes short answers, the sandbox none; no client sees it',
    isAlike: ({ recorded, answered, answer: { headers } }) =>
      recorded === undefined && answered === 'chunked' && headers['content-length'] === undefined,
  },
]
