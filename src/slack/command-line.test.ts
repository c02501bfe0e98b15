import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseCommandLine } from './command-line.ts'
import { typedWords } from './typed-words.ts'

// Any code units, lone surrogates too; fast-check's own "binary" strings take seconds to make.
const anything = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes))

/** The values of `name` and `x`. */
const named = (...values: readonly string[]): readonly object[] =>
  values.map((value, index) => ({ name: index === 0 ? 'name' : 'x', value }))

describe('a command line', () => {
  it.each([
    ['prod shop', ['prod', 'shop'], []],
    [
      'prod shop sap-btp name=“two words” x=1',
      ['prod', 'shop', 'sap-btp'],
      [
        { name: 'name', value: 'two words' },
        { name: 'x', value: '1' },
      ],
    ],
    ["prod shop name=it's", ['prod', 'shop'], [{ name: 'name', value: "it's" }]],
    ['prod–eu shop', ['prod-eu', 'shop'], []],
    [
      '<#C0OPS|prod> shop url=<http://a.b|a.b> t=a&amp;b',
      ['#prod', 'shop'],
      [
        { name: 'url', value: 'http://a.b' },
        { name: 't', value: 'a&b' },
      ],
    ],
    ["prod shop name='it's fine' x=1", ['prod', 'shop'], named("it's fine", '1')],
    ['prod shop name=‘it’s fine’ x=‘1’', ['prod', 'shop'], named('it’s fine', '1')],
    ['prod shop name="Shop — EU «x»"', ['prod', 'shop'], named('Shop — EU «x»')],
    ['prod shop name=“Shop — EU «x»”', ['prod', 'shop'], named('Shop — EU «x»')],
    ['prod shop name=“Shop – “EU”', ['prod', 'shop'], named('Shop – “EU')],
    ['prod shop name="half” x=1', ['prod', 'shop'], named('half', '1')],
    ['prod shop name=“half" x="half”', ['prod', 'shop'], named('half', 'half')],
    ['prod shop name=„deutsch“ x=«2»', ['prod', 'shop'], named('deutsch', '2')],
    ['prod shop name=A—B', ['prod', 'shop'], named('A—B')],
    ['prod–eu shop na–me=A–B', ['prod-eu', 'shop'], [{ name: 'na-me', value: 'A–B' }]],
    ['prod shop name=<#C0RANDOM|random>', ['prod', 'shop'], named('#random')],
    ['prod shop name="ask <@U0BEN|ben>" x=<!here|here>', ['prod', 'shop'], named('ask @ben', '@here')],
    ['prod shop name=<!subteam^S0OPS|@ops>', ['prod', 'shop'], named('@ops')],
    ['prod shop __proto__=x', ['prod', 'shop'], [{ name: '__proto__', value: 'x' }]],
    ['prod shop a=', ['prod', 'shop'], [{ name: 'a', value: '' }]],
    [`prod shop name="a="'b c'`, ['prod', 'shop'], named('a=b c')],
    [`prod shop name=""'b c' x="" `, ['prod', 'shop'], named('b c', '')],
    ['', [], []],
  ])('%j is understood', (text, words, values) => {
    expect(parseCommandLine(text)).toEqual({ kind: 'place', words, values })
  })
  it.each([
    ['status a b', 'status', ['a', 'b']],
    ['STATUS', 'status', []],
    ['list', 'list', []],
    ['Who-Can-Approve', 'who-can-approve', []],
    ['help me', 'help', ['me']],
    ['--help', 'help', []],
    ['?', 'help', []],
  ])('%s is a subcommand', (text, name, words) => {
    expect(parseCommandLine(text)).toEqual({ kind: 'subcommand', name, words })
  })
  it.each([
    'a="b',
    '=x',
    'a=1 a=2',
    'a b c d',
    'list all',
    'status a b c d',
    'status a=b',
    'who-can-approve a',
  ])('%j is a mistake with words', (text) => {
    expect(parseCommandLine(text)).toMatchObject({ kind: 'mistake' })
  })
  it('is understood or a mistake, whatever is typed', () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(['place', 'subcommand', 'mistake']).toContain(parseCommandLine(text).kind)
      }),
    )
  })
  it.each(['="=', '"', "='=", '\u2019', "x='a ", '"\u201c', 'a"', '<#', '<!a|', '<http:', 'a= '])(
    'of a piece such as %j again and again is read without a look ahead for each, and refused when nobody can have typed it',
    (piece) => {
      // Looking ahead from each quote would take longer than a test may.
      expect(() => typedWords(piece.repeat(30_000))).not.toThrow()
      expect(parseCommandLine(piece.repeat(16_001))).toMatchObject({
        text: expect.stringContaining('The command is too long: it may have 16000 characters.'),
      })
    },
  )
  it('gives back any value that is quoted', () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.oneof(fc.string(), fc.stringMatching(/^[—–‘’‚“”„«»\u00a0\u2011\u2212]$/)))
          .map((parts) => parts.join(''))
          .filter((value) => !/["&<>]/.test(value)),
        (value) => {
          expect(parseCommandLine(`a b x="${value}"`)).toMatchObject({ values: [{ name: 'x', value }] })
        },
      ),
    )
  })
})
