/**
 * What one listener takes: any of the ids, and nothing else. Bolt (@slack/bolt 5.1.0, App.processEvent) starts every
 * listener for every payload before the one that answers gets its turn, so that few of them answer sooner than many.
 */
export const anyOf = (ids: readonly string[]): RegExp =>
  new RegExp(`^(?:${ids.map((id) => RegExp.escape(id)).join('|')})$`)
