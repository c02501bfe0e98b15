import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { proxyMistakes } from '../../network/proxy-variables.ts'
import { redact } from '../../redact.ts'
import { inCleanUp } from '../closing.ts'
import { readEnvironment } from '../environment.ts'
import { paceEnvironment, paceOf } from '../pace.ts'
import { toldToEnd } from '../retrying.ts'
import { exitCodes, StepError } from '../step-error.ts'
import type { StepContext } from '../step.ts'
import { steps, undoing } from './steps.ts'

// Where the container's file system begins; a stand-in for a container has another place.
const root = process.env['CONTAINER_ROOT'] ?? '/'

/** Kubernetes kills 30 seconds after SIGTERM: what still runs then could not say why it ended. */
const graceMs = 25_000

const write = (path: string, text: string): void => {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

const log = (message: string, details: Readonly<Record<string, unknown>> = {}): void => {
  process.stdout.write(`${redact(JSON.stringify({ time: new Date().toISOString(), message, ...details }))}\n`)
}

const inWritable = <T>(folder: string, change: () => T): T => {
  try {
    return change()
  } catch (error) {
    const cure =
      'Mount a volume there in the template that the user of the container may write to, such as an emptyDir; then clean up and ask again.'
    throw new StepError('bad-input', `The step cannot write to ${folder}. ${cure}`, { cause: error })
  }
}

const unknown = 'The step failed in a way that it does not know. Look at the end of its log, then retry.'

/** Argo shows the termination log as the step's message. Gives the exit code. */
const fail = (error: unknown): number => {
  const known = error instanceof StepError ? error : undefined
  const said = redact(known?.message ?? unknown)
  const sentence = Object.hasOwn(undoing, process.argv[2] ?? '') ? inCleanUp(said) : said
  const details = known === undefined && error instanceof Error ? { error: redact(error.message) } : {}
  log(sentence, { level: 'error', ...details })
  try {
    write('/dev/termination-log', sentence)
  } catch {
    // The log has it, and the exit code says its class.
    log('the termination log cannot be written', { level: 'warn' })
  }
  return known === undefined ? 1 : exitCodes[known.kind]
}

const endSignal = (): AbortSignal => {
  const end = new AbortController()
  process.once('SIGTERM', () => {
    end.abort()
    setTimeout(() => process.exit(fail(toldToEnd())), graceMs).unref()
  })
  return end.signal
}

const contextOf = (signal: AbortSignal, folder: string): StepContext => ({
  environment: process.env,
  log,
  output: (output, value) => {
    inWritable(join(root, 'tmp/outputs'), () => write(`/tmp/outputs/${output}`, value))
  },
  signal,
  pace: paceOf(readEnvironment(paceEnvironment, { environment: process.env })),
  folder,
})

/** What the steps call, and helm, go through the proxies that the environment names. */
const checkProxies = (): void => {
  const [mistake] = proxyMistakes((name) => process.env[name])
  if (mistake !== undefined)
    throw new StepError('bad-input', `${mistake}. Correct it in the template, then clean up and ask again.`)
}

const run = async (name: string | undefined): Promise<number> => {
  const step = name !== undefined && Object.hasOwn(steps, name) ? steps[name] : undefined
  const signal = endSignal()
  let folder: string | undefined
  try {
    folder = inWritable(tmpdir(), () => mkdtempSync(join(tmpdir(), 'step-')))
    if (step === undefined) {
      throw new StepError(
        'bad-input',
        `There is no step "${name ?? ''}"; there is ${Object.keys(steps).join(', ')}. Correct its name in the template, then clean up and ask again.`,
      )
    }
    checkProxies()
    const context = contextOf(signal, folder)
    log('started', { step: name })
    await step(context)
    log('done', { step: name })
    return 0
  } catch (error) {
    return fail(signal.aborted ? toldToEnd(error) : error)
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

// A connection on which nothing ever comes would keep the process. What was written to a pipe is out by now (Node: process I/O).
process.exit(await run(process.argv[2]))
