import { expect, it } from 'vitest'

import { visible } from './visible.ts'

it.each([
  ['a\u202eb\u200bc', 'a\\u202eb\\u200bc'],
  ['\u{e0001}', '\\ue0001'],
  ['two\nlines\tand \u{1f469}\u200d\u{1f467}', 'two\nlines\tand \u{1f469}\u200d\u{1f467}'],
])('what turns text around or hides in it is made visible, and nothing else: %j', (text, shown) => {
  expect(visible(text)).toBe(shown)
})
