import { counted } from './counted.ts'
import { StepError } from './step-error.ts'

interface InUse {
  readonly names: readonly string[]
  readonly count: number
}

/** Up to ten names, and how many there are. */
export const namesOf = (all: readonly { readonly name: string }[]): InUse => ({
  names: all.slice(0, 10).map(({ name }) => name),
  count: all.length,
})

/** A conflict that names what is still in use. */
export const stillInUse = ({ names, count }: InUse, where: string): StepError => {
  const more = count > names.length ? ` and ${count - names.length} more` : ''
  const what = `${counted(count, 'service instance')} ${count === 1 ? 'is' : 'are'}`
  const them = count === 1 ? 'it' : 'them'
  return new StepError(
    'conflict',
    `${what} still in use in ${where}: ${names.join(', ')}${more}. Delete ${them}, then clean up again.`,
  )
}
