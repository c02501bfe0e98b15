import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { redact } from '../../redact.ts'
import { exitCodes, StepError } from '../step-error.ts'
import type { StepContext } from '../step.ts'
import { steps } from './steps.ts'

// Where the container's file system begins; a stand-in for a container has another place.
const root = process.env['CONTAINER_ROOT'] ?? '/'

const write = (path: string, text: string): void => {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

const log = (message: string, details: Readonly<Record<string, unknown>> = {}): void => {
  process.stdout.write(`${redact(JSON.stringify({ time: new Date().toISOString(), message, ...details }))}\n`)
}

/** Argo shows the termination log as the step's message. */
const fail = (error: unknown): number => {
  const known = error instanceof StepError ? error : undefined
  const sentence = redact(
    known?.message ?? 'The step failed in a way that it does not know. Its log says more.',
  )
  const details = known === undefined && error instanceof Error ? { error: redact(error.message) } : {}
  log(sentence, { level: 'error', ...details })
  write('/dev/termination-log', sentence)
  return known === undefined ? 1 : exitCodes[known.kind]
}

const run = async (name: string | undefined): Promise<number> => {
  const step = name === undefined ? undefined : steps[name]
  const end = new AbortController()
  process.once('SIGTERM', () => {
    end.abort()
  })
  try {
    if (step === undefined) {
      throw new StepError(
        'bad-input',
        `There is no step "${name ?? ''}". There is: ${Object.keys(steps).join(', ')}.`,
      )
    }
    const context: StepContext = {
      environment: process.env,
      log,
      output: (output, value) => {
        write(`/tmp/outputs/${output}`, value)
      },
      signal: end.signal,
    }
    log('started', { step: name })
    await step(context)
    log('done', { step: name })
    return 0
  } catch (error) {
    return fail(
      end.signal.aborted ? new StepError('timed-out', 'The step was told to end.', { cause: error }) : error,
    )
  }
}

process.exitCode = await run(process.argv[2])
