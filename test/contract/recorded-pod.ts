import type { PodResult } from '../../sandbox/argo/step-runner.ts'
import { listAt, objectAt, textAt } from '../../sandbox/kubernetes/json.ts'
import type { JsonObject } from '../../sandbox/kubernetes/json.ts'

/** Whether a recorded node is the pod of this template. */
export const isPodOf =
  (templateName: string) =>
  (node: JsonObject): boolean =>
    textAt(node, 'templateName') === templateName && textAt(node, 'type') === 'Pod'

/** A step that ends as its recorded node did; one that was still at work then goes on until it is stopped. */
export const endAsRecorded = (
  node: JsonObject | undefined,
  { signal, log = [] }: { signal: AbortSignal; log?: readonly string[] },
): Promise<PodResult> => {
  const exitCode = textAt(objectAt(node, 'outputs'), 'exitCode')
  if (exitCode === undefined || exitCode === '143') {
    return new Promise((resolve) => {
      const stopped = { exitCode: 143, terminationMessage: '', outputs: {}, log: [] }
      signal.addEventListener('abort', () => resolve(stopped))
    })
  }
  const outputs: Record<string, string> = {}
  for (const parameter of listAt(objectAt(node, 'outputs'), 'parameters')) {
    outputs[textAt(objectAt(parameter, 'valueFrom'), 'path') ?? ''] = textAt(parameter, 'value') ?? ''
  }
  const message = textAt(node, 'message') ?? ''
  const terminationMessage = message.replace(/^main: Error \(exit code \d+\)(: )?/, '')
  return Promise.resolve({ exitCode: Number(exitCode), terminationMessage, outputs, log })
}
