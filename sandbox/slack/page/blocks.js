// Slack's blocks as elements. Text is only ever set as text; mrkdwn is cut into pieces of it.

import emoji from './emoji.json' with { type: 'json' }

export const element = (tag, properties = {}, ...children) => {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value)
    else if (name in made && name !== 'list') made[name] = value
    else made.setAttribute(name, value)
  }
  made.append(...children.flat().filter((child) => child !== undefined))
  return made
}

const unescaped = (text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

const dateText = (seconds) => {
  const date = new Date(Number(seconds) * 1000)
  const isToday = date.toDateString() === new Date().toDateString()
  const time = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
  return `${isToday ? 'Today' : date.toLocaleDateString([], { month: 'short', day: 'numeric' })} at ${time}`
}

const token = (inside, names) => {
  const mention = (prefix, id) => element('span', { className: 'mention' }, `${prefix}${names[id] ?? id}`)
  if (inside.startsWith('@')) return mention('@', inside.slice(1).split('|')[0])
  if (inside.startsWith('#')) return mention('#', inside.slice(1).split('|')[0])
  if (inside.startsWith('!subteam^')) return mention('@', inside.slice('!subteam^'.length).split('|')[0])
  if (inside.startsWith('!date^')) return dateText(inside.split('^')[1])
  if (inside.startsWith('!')) return mention('@', inside.slice(1))
  const [url, label] = inside.split('|')
  const isWeb = /^https?:/.test(url)
  return isWeb
    ? element(
        'a',
        { href: url, rel: 'noreferrer', target: url.startsWith(location.origin) ? '_self' : '_blank' },
        unescaped(label ?? url),
      )
    : unescaped(inside)
}

const mrkdwnPiece = /<([^>]+)>|`([^`]+)`|\*([^*\n]+)\*|:([a-z_]+):/g

export const mrkdwn = (text, names) => {
  const pieces = []
  let from = 0
  for (const match of text.matchAll(mrkdwnPiece)) {
    pieces.push(unescaped(text.slice(from, match.index)))
    const [all, inside, code, bold, name] = match
    if (inside !== undefined) pieces.push(token(inside, names))
    else if (code !== undefined) pieces.push(element('code', {}, unescaped(code)))
    else if (bold !== undefined) pieces.push(element('strong', {}, ...mrkdwn(bold, names)))
    else pieces.push(Object.hasOwn(emoji, name) ? emoji[name] : all)
    from = match.index + all.length
  }
  pieces.push(unescaped(text.slice(from)))
  return pieces
}

const textOf = (text, names) => (text.type === 'mrkdwn' ? mrkdwn(text.text, names) : [text.text])

const rich = (piece) => {
  const inside = (piece.elements ?? []).map(rich)
  switch (piece.type) {
    case 'rich_text':
      return element('div', { className: 'block' }, inside)
    case 'rich_text_section':
      return element('div', {}, inside)
    case 'rich_text_quote':
      return element('blockquote', {}, inside)
    case 'rich_text_preformatted':
      return element('pre', {}, inside)
    case 'rich_text_list':
      return element(
        piece.style === 'ordered' ? 'ol' : 'ul',
        {},
        inside.map((one) => element('li', {}, one)),
      )
    default:
      if (piece.style?.code) return element('code', {}, piece.text ?? '')
      return piece.style?.bold ? element('strong', {}, piece.text ?? '') : (piece.text ?? '')
  }
}

const marks = { pending: '', in_progress: '', complete: '✓', error: '!' }
const statusWords = { pending: 'waits', in_progress: 'runs', complete: 'done', error: 'failed' }

const task = ({ status, title, details }) =>
  element(
    'li',
    { className: 'task' },
    element(
      'span',
      { className: `icon ${status}`, role: 'img', 'aria-label': statusWords[status] },
      marks[status],
    ),
    element(
      'div',
      {},
      element('div', {}, title),
      details === undefined ? undefined : element('div', { className: 'details' }, rich(details)),
    ),
  )

const button = (one, context) => {
  if (one.url !== undefined)
    return element(
      'a',
      { className: 'button', href: one.url, target: '_blank', rel: 'noreferrer' },
      one.text.text,
    )
  return element(
    'button',
    { className: `button ${one.style ?? ''}`, type: 'button', onclick: () => context.click(one) },
    one.text.text,
  )
}

export const block = (one, context) => {
  const { names } = context
  switch (one.type) {
    case 'header':
      return element('div', { className: 'block header' }, one.text.text)
    case 'divider':
      return element('hr')
    case 'section':
      return element(
        'div',
        { className: 'block' },
        one.text === undefined ? undefined : element('div', {}, textOf(one.text, names)),
        one.fields === undefined
          ? undefined
          : element(
              'div',
              { className: 'fields' },
              one.fields.map((field) => element('div', {}, textOf(field, names))),
            ),
      )
    case 'context':
      return element(
        'div',
        { className: 'block context' },
        one.elements.flatMap((part) => textOf(part, names)),
      )
    case 'rich_text':
      return rich(one)
    case 'plan':
      return element(
        'section',
        { className: 'plan' },
        element('h3', {}, one.title),
        element('ol', {}, one.tasks.map(task)),
      )
    case 'task_card':
      return element('ol', {}, task(one))
    case 'actions':
      return element(
        'div',
        { className: 'actions' },
        one.elements.map((part) => button(part, context)),
      )
    default:
      return element('div', { className: 'block' }, `(${one.type})`)
  }
}
