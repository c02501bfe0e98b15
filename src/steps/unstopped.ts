/** A sentence of somebody else without the stop at its end: ours goes on. */
export const unstopped = (text: string): string => text.trim().replace(/\.$/, '')
