import { describe, expect, it } from 'vitest'

import { checkNamespace, checkValue } from './check-value.ts'

describe('a value', () => {
  const field = { name: 'a', title: 'A', required: true }
  it.each([
    ['', 'required'],
    ['{{workflow.name}}', 'Argo'],
    ['a\u0007', 'control'],
    ['a\u007f', 'control'],
    [' \t\u00a0', 'required'],
    ['a\ud800', 'half a character'],
    ['x'.repeat(3_001), '3000'],
  ])('%j is refused at its field', (value, words) => {
    expect(checkValue(field, value)).toContain(words)
  })
  it('has to match the whole of its pattern, where there is one', () => {
    const sized = { ...field, required: false, pattern: { pattern: 'small|large', says: 'No size.' } }
    for (const value of ['smaller', 'very large', 'small\n'])
      expect(checkValue(sized, value)).toBe('No size.')
    for (const value of ['small', 'large', '']) expect(checkValue(sized, value)).toBeUndefined()
  })
  it('that is one of the choices, or any text, may be used', () => {
    expect(checkValue({ ...field, enum: ['a', 'b'] }, 'c')).toContain('one of')
    expect(checkValue({ ...field, enum: ['a', 'b'] }, 'b')).toBeUndefined()
    expect(checkValue({ ...field, required: false }, '')).toBeUndefined()
    for (const value of ['<!channel>', '*bold*', 'a\nb\tc', '__proto__', '😀'])
      expect(checkValue(field, value)).toBeUndefined()
  })
})

it('a namespace is a DNS label, and matches the whole of the pattern of its template', () => {
  const guarded = { namespacePattern: { pattern: '(?!kube-).*', says: 'Not that one.' } }
  expect(checkNamespace('Shop', undefined)).toContain('1 to 63 lower-case letters')
  expect(checkNamespace('kube-shop', undefined)).toBeUndefined()
  expect(checkNamespace('kube-shop', guarded)).toBe('Not that one.')
  expect(checkNamespace('shop', guarded)).toBeUndefined()
})
