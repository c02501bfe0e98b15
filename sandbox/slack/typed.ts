import { channels, groups, users } from './cast.ts'

/** What people type is never markup: Slack's clients escape it. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** The text of a command as Slack hands it to an app that asks for escaping: names of people and channels become their ids. */
export const asHandedOn = (text: string): string =>
  escaped(text)
    .replaceAll(/#([a-z][a-z-]*)/g, (all, name: string) => {
      const channel = channels.find((one) => one.name === name)
      return channel === undefined ? all : `<#${channel.id}|${name}>`
    })
    .replaceAll(/@([a-z][a-z-]*)/gi, (all, name: string) => {
      const user = users.find((one) => one.name.toLowerCase() === name.toLowerCase())
      const group = groups.find(({ handle }) => handle === name)
      if (user !== undefined) return `<@${user.id}|${user.name.toLowerCase()}>`
      return group === undefined ? all : `<!subteam^${group.id}|@${group.handle}>`
    })
