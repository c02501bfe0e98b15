/** A fault that can be switched from the page, on what `On` stands for. */
export interface Switch<On> {
  readonly id: string
  readonly label: string
  readonly help: string
  readonly isOn: (on: On) => boolean
  readonly set: (on: On, isOn: boolean) => void
}

/** Switches that the page shows under one title. */
export interface SwitchGroup<On> {
  readonly title: string
  readonly switches: readonly Switch<On>[]
}

/** Switches of a part as switches of what has that part. */
export const inside = <Part, Whole>(
  groups: readonly SwitchGroup<Part>[],
  partOf: (whole: Whole) => Part,
): readonly SwitchGroup<Whole>[] =>
  groups.map(({ title, switches }) => ({
    title,
    switches: switches.map(({ isOn, set, ...rest }) => ({
      ...rest,
      isOn: (whole) => isOn(partOf(whole)),
      set: (whole, on) => {
        set(partOf(whole), on)
      },
    })),
  }))

/** Switches of a part as switches of what has several such parts, which may be one: all are switched together. */
export const insideEach = <Part, Whole>(
  groups: readonly SwitchGroup<Part>[],
  partsOf: (whole: Whole) => readonly [Part, ...Part[]],
): readonly SwitchGroup<Whole>[] =>
  groups.map(({ title, switches }) => ({
    title,
    switches: switches.map(({ isOn, set, ...rest }) => ({
      ...rest,
      isOn: (whole) => isOn(partsOf(whole)[0]),
      set: (whole, on) => {
        for (const part of new Set(partsOf(whole))) set(part, on)
      },
    })),
  }))

/** Puts a text into a list of what is to go wrong, or takes it out. */
export const listed = (list: string[], text: string, isOn: boolean): void => {
  const at = list.indexOf(text)
  if (at !== -1) list.splice(at, 1)
  if (isOn) list.push(text)
}
