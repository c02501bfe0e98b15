import type { PlannedStep } from '../onboarding/onboarding.ts'
import type { Workflow, WorkflowTemplate } from './workflow-schema.ts'

type Task = NonNullable<WorkflowTemplate['dag']>['tasks'][number]

/** `display-name`, `display_name` and `displayName` as people write it: `Display name`. */
export const humanise = (name: string): string => {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_]+/g, ' ')
    .trim()
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const needs = (task: Task, names: readonly string[]): readonly string[] => {
  // `depends` is an expression such as "a.Succeeded && (b || c)"; only the names matter for the order.
  const words = task.depends?.match(/[a-zA-Z0-9][-a-zA-Z0-9]*/g) ?? []
  return [...(task.dependencies ?? []), ...words].filter((name) => names.includes(name) && name !== task.name)
}

/** The tasks with each after those that it needs, else as in the file. */
const inOrder = (tasks: readonly Task[]): readonly Task[] => {
  const names = tasks.map(({ name }) => name)
  const ordered: Task[] = []
  const isReady = (task: Task): boolean =>
    !ordered.includes(task) && needs(task, names).every((need) => ordered.some(({ name }) => name === need))
  for (let next = tasks.find(isReady); next !== undefined; next = tasks.find(isReady)) ordered.push(next)
  // Tasks that need each other never run; Argo refuses them.
  return [...ordered, ...tasks.filter((task) => !ordered.includes(task))]
}

/** The names of the steps or tasks of a template, in the order in which they run. */
export const stepNames = ({ steps, dag }: WorkflowTemplate): readonly string[] =>
  [...(steps?.flat() ?? []), ...inOrder(dag?.tasks ?? [])].map(({ name }) => name)

/** The steps that the card shows: those directly under the entrypoint. */
export const planSteps = (
  { spec }: Workflow,
  titles: Readonly<Record<string, string>>,
): readonly PlannedStep[] => {
  const entry = spec.templates.find(({ name }) => name === spec.entrypoint)
  const names = entry === undefined ? [] : stepNames(entry)
  return names.map((name) => ({
    name,
    title: Object.hasOwn(titles, name) ? (titles[name] ?? name) : humanise(name),
  }))
}
