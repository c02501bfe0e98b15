import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

import type { Pod, PodResult, StepRunner } from './step-runner.ts'

export interface ChildProcessRunnerOptions {
  /** The folder in which commands run, so that `src/steps/...` is found. */
  readonly repositoryRoot: string
  /** What every step gets beside the container's own environment, asked anew for each. */
  readonly environment: () => Record<string, string>
}

/** Runs steps as processes, and can kill all that run, as the loss of their node would. */
export interface ChildProcessRunner extends StepRunner {
  readonly killAll: () => void
}

// Kubernetes waits terminationGracePeriodSeconds (30 s by default) before it kills; a sandbox need not.
const killAfterMs = 5000

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    // A step that wrote no such file leaves the output unset, as a container would.
    return undefined
  }
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

function collectLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', onLine)
  }
}

/** A container goes as a whole, with what its command started. */
function killPod({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended by itself in the meantime.
  }
}

function stopOnAbort(child: ChildProcess, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined
  const stop = (): void => {
    child.kill('SIGTERM')
    timer = setTimeout(() => killPod(child), killAfterMs)
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

async function runIn(
  root: string,
  pod: Pod,
  { options, running }: { options: ChildProcessRunnerOptions; running: Set<ChildProcess> },
  signal: AbortSignal,
): Promise<PodResult> {
  const terminationLog = join(root, '/dev/termination-log')
  for (const path of [terminationLog, ...pod.outputPaths.map((path) => join(root, path))]) {
    await mkdir(dirname(path), { recursive: true })
  }
  const [command = '', ...rest] = [...pod.command, ...pod.args]
  const child = spawn(command === 'node' ? process.execPath : command, rest, {
    cwd: options.repositoryRoot,
    env: { PATH: process.env['PATH'], ...options.environment(), ...pod.env, CONTAINER_ROOT: root },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  running.add(child)
  const log: string[] = []
  collectLines(child, (line) => {
    log.push(line)
    pod.onLine?.(line)
  })
  const stopListening = stopOnAbort(child, signal)
  const exitCode = await endOf(child).finally(() => {
    stopListening()
    running.delete(child)
  })
  const outputs: Record<string, string> = {}
  for (const path of pod.outputPaths) {
    const content = await readIfThere(join(root, path))
    if (content !== undefined) outputs[path] = content
  }
  return { exitCode, outputs, log, terminationMessage: (await readIfThere(terminationLog)) ?? '' }
}

/**
 * Runs each container as a child process of this machine. A fresh folder, given as CONTAINER_ROOT, stands for the
 * container's file system: outputs and `/dev/termination-log` are read below it.
 */
export function createChildProcessRunner(options: ChildProcessRunnerOptions): ChildProcessRunner {
  const running = new Set<ChildProcess>()
  return {
    killAll: () => {
      for (const child of running) killPod(child)
    },
    run: async (pod, signal) => {
      const root = await mkdtemp(join(tmpdir(), 'onboard-bot-pod-'))
      try {
        return await runIn(root, pod, { options, running }, signal)
      } catch (error) {
        // A command that cannot be started ends like a container whose entrypoint is missing.
        return { exitCode: 127, terminationMessage: String(error), outputs: {}, log: [String(error)] }
      } finally {
        await rm(root, { recursive: true, force: true })
      }
    },
  }
}
