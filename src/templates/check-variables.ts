import type { Found } from './check-splicing.ts'
import { type Judge, judgeIn } from './variables.ts'
import type { Workflow } from './workflow-schema.ts'
import type { YamlPath } from './yaml-source.ts'

/** What stands in double braces; an expression (`{{=…}}`) and what is of another language, such as `{{ .Name }}`, do not match. */
const tagged = /\{\{\s*([\w-]+(?:\.[\w-]+)*)\s*\}\}/g

const judged = (text: string, path: YamlPath, judge: Judge): readonly Found[] =>
  [...new Set([...text.matchAll(tagged)].map(([, tag = '']) => tag))].flatMap((tag) => {
    const cure = judge(tag)
    return cure === undefined
      ? []
      : [{ path, what: `nothing would take the place of "{{${tag}}}", which would stay as it is`, cure }]
  })

interface Scope {
  readonly judge: Judge
  readonly outside: Judge
}

const inside = (value: unknown, path: YamlPath, scope: Scope): readonly Found[] => {
  if (typeof value === 'string') return judged(value, path, scope.judge)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, one]: [string, unknown]) => {
    // Words for people may speak of variables.
    if (name === 'description') return []
    const at = [...path, Array.isArray(value) ? Number(name) : name]
    // A template within a step has inputs of its own, and those around it.
    return inside(one, at, name === 'inline' ? { ...scope, judge: scope.outside } : scope)
  })
}

/** The variables that Argo would find nothing for: it would refuse the workflow, or run it with the braces in a value. */
export const findUnknownVariables = (workflow: Workflow): readonly Found[] => {
  const { templates, ...rest } = workflow.spec
  const outside = judgeIn(workflow)
  return [
    ...inside(rest, ['spec'], { judge: outside, outside }),
    ...templates.flatMap((template, index) =>
      inside(template, ['spec', 'templates', index], { judge: judgeIn(workflow, template), outside }),
    ),
  ]
}
