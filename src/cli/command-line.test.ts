import { describe, expect, it } from 'vitest'

import { readCommand } from './command-line.ts'

describe('the command line', () => {
  it('serves without a word', () => {
    expect(readCommand([])).toEqual({ name: 'serve' })
  })

  it('knows doctor, and its flags', () => {
    expect(readCommand(['doctor'])).toEqual({ name: 'doctor', isJson: false, limitMs: 5_000 })
    expect(readCommand(['doctor', '--timeout', '60'])).toMatchObject({ limitMs: 60_000 })
    expect(readCommand(['doctor', '--json'])).toEqual({ name: 'doctor', isJson: true, limitMs: 5_000 })
  })

  it.for([
    { words: ['doctor', '--jsn'], says: "Unknown option '--jsn'" },
    { words: ['doctor', 'prod-eu'], says: "Unexpected argument 'prod-eu'" },
    { words: ['doctor', '--json=yes'], says: "Option '--json' does not take an argument" },
    {
      words: ['doctor', '--timeout', '0'],
      says: '--timeout takes a whole number of seconds from 1 to 999, not "0".',
    },
    {
      words: ['doctor', '--timeout', '5s'],
      says: '--timeout takes a whole number of seconds from 1 to 999, not "5s".',
    },
    { words: ['doctor', '--timeout'], says: '--timeout takes a whole number of seconds from 1 to 999.' },
    {
      words: ['doctor', '--timeout', '-5'],
      says: '--timeout takes a whole number of seconds from 1 to 999.',
    },
    { words: ['doktor'], says: 'There is no command "doktor".' },
    { words: ['--json'], says: 'There is no command "--json".' },
  ])('does not understand $words, and shows its usage', ({ words, says }) => {
    const command = readCommand(words)
    expect(command.name).toBe('not-understood')
    expect(command).toHaveProperty('text', expect.stringContaining(says))
    expect(command).toHaveProperty('text', expect.stringContaining('usage: onboard-bot [doctor'))
  })

  it.for([['--help'], ['-h'], ['help'], ['doctor', '--help'], ['doctor', '-h']])('helps with %s', (words) => {
    expect(readCommand(words)).toMatchObject({ name: 'help' })
  })
})
