import type { ArgoNode } from './schemas.ts'

export type ArgoNodes = Readonly<Record<string, ArgoNode>>

/** The try that a retried step stands at: the last child of its Retry node. */
export const lastTry = (node: ArgoNode, nodes: ArgoNodes): ArgoNode => {
  const tries = (node.children ?? []).flatMap((id) => nodes[id] ?? [])
  return tries.at(-1) ?? node
}

const isWaiting = ({ phase, message }: ArgoNode): boolean => phase === 'Pending' && message !== undefined

/** The node inside a group that says why the group failed or does not move on. */
const inside = (node: ArgoNode, nodes: ArgoNodes): ArgoNode | undefined => {
  if (node.type === 'Retry') return lastTry(node, nodes)
  const [, child] = /^child '(.+)' failed$/.exec(node.message ?? '') ?? []
  if (child !== undefined) return nodes[child]
  if (node.type !== 'Steps' && node.type !== 'DAG') return undefined
  const inner = Object.values(nodes).filter(({ boundaryID }) => boundaryID === node.id)
  return inner.find(isWaiting) ?? inner.find(({ phase, type }) => phase === 'Running' && type !== 'StepGroup')
}

/** The node that a step's message and log are read from: itself, or what failed or waits inside it. */
export const tellerOf = (node: ArgoNode, nodes: ArgoNodes): ArgoNode => {
  const passed = new Set([node])
  let teller = node
  for (let next = inside(node, nodes); next !== undefined && !passed.has(next); next = inside(next, nodes)) {
    passed.add(next)
    teller = next
  }
  return teller
}
