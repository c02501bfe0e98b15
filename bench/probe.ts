// Loaded before the bot, so that it can be asked how it is.
import { monitorEventLoopDelay } from 'node:perf_hooks'

const resolution = 5
const delay = monitorEventLoopDelay({ resolution })
delay.enable()

process.on('message', (what) => {
  if (what === 'begin') {
    delay.reset()
    return
  }
  const delayMs = Math.max(0, delay.percentile(99) / 1e6 - resolution)
  const cpu = process.cpuUsage()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  process.send?.({
    delayMs,
    cpuMs: (cpu.user + cpu.system) / 1_000,
    systemMs: cpu.system / 1_000,
    memory: heapUsed + external,
  })
})
process.channel?.unref()
