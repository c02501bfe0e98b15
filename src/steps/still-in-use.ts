import { counted } from './counted.ts'
import { StepError } from './step-error.ts'

/** A conflict that names what is still in use: up to ten, and how many there are. */
export const stillInUse = (
  { names, count }: { readonly names: readonly string[]; readonly count: number },
  where: string,
): StepError => {
  const more = count > names.length ? ` and ${count - names.length} more` : ''
  const what = `${counted(count, 'service instance')} ${count === 1 ? 'is' : 'are'}`
  const them = count === 1 ? 'it' : 'them'
  return new StepError(
    'conflict',
    `${what} still in use in ${where}: ${names.join(', ')}${more}. Delete ${them}, then clean up again.`,
  )
}
