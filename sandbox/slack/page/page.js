import { block, element, mrkdwn } from './blocks.js'

const byId = (id) => document.getElementById(id)
const now = {
  as: localStorage.getItem('as') ?? 'U0ADA',
  channel: 'C0ONBOARD',
  thread: undefined,
  state: undefined,
  open: new Set(),
}

const act = async (body) => {
  const answer = await fetch('/sandbox/act', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()).said
}

const colours = ['#4a154b', '#1264a3', '#2eb67d', '#b4530a', '#e01e5a', '#5b6f00']
const colourOf = (id) =>
  colours[[...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % colours.length]

const confirmed = ({ title, text, confirm, deny, style }) =>
  new Promise((resolve) => {
    const dialog = byId('confirm')
    const end = (answer) => {
      dialog.close()
      resolve(answer)
    }
    dialog.replaceChildren(
      element('h2', { id: 'confirm-title' }, title.text),
      element('div', { className: 'inside' }, text.text),
      element(
        'footer',
        {},
        element('button', { className: 'button', type: 'button', onclick: () => end(false) }, deny.text),
        element(
          'button',
          { className: `button ${style ?? 'primary'}`, type: 'button', onclick: () => end(true) },
          confirm.text,
        ),
      ),
    )
    dialog.oncancel = () => resolve(false)
    dialog.showModal()
  })

const contextOf = (channel, ts) => ({
  names: now.state.names,
  click: async (button) => {
    if (button.confirm !== undefined && !(await confirmed(button.confirm))) return
    await act({ kind: 'click', as: now.as, channel, ts, actionId: button.action_id, value: button.value })
  },
})

const timeOf = (ts) =>
  new Date(Number(ts) * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })

const article = ({ user, ts, channel, text, blocks, isEphemeral }, ...more) => {
  const { names, bot } = now.state
  const isBot = user === bot.userId
  const context = contextOf(channel, ts)
  return element(
    'li',
    { className: `message ${isEphemeral ? 'ephemeral' : ''}` },
    element(
      'div',
      { className: 'avatar', style: `background:${colourOf(user)}`, 'aria-hidden': 'true' },
      isBot ? '🤖' : names[user][0],
    ),
    element(
      'div',
      { className: 'body' },
      isEphemeral ? element('span', { className: 'only' }, '👁 Only visible to you') : undefined,
      element('span', { className: 'who' }, names[user] ?? user),
      isBot ? element('span', { className: 'badge' }, 'APP') : undefined,
      element('span', { className: 'when' }, timeOf(ts)),
      blocks.length === 0
        ? element('div', { className: 'block' }, mrkdwn(text, names))
        : blocks.map((one) => block(one, context)),
      ...more,
    ),
  )
}

const ephemeralMessage = (one) => ({ ...one, ts: one.id, user: one.by, isEphemeral: true })

const showList = (list, items) => {
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80
  list.replaceChildren(...items)
  if (isAtEnd || list.dataset.fresh !== 'no') list.scrollTop = list.scrollHeight
  list.dataset.fresh = 'no'
}

const drawChannels = () => {
  const { channels, names } = now.state
  const entry = ({ id, name, isDirect }) =>
    element(
      'li',
      {},
      element(
        'button',
        {
          type: 'button',
          'aria-current': String(id === now.channel),
          onclick: () => {
            now.channel = id
            now.thread = undefined
            byId('messages').dataset.fresh = 'yes'
            draw()
          },
        },
        `${isDirect ? '🤖' : '#'} ${name}`,
      ),
    )
  byId('channels').replaceChildren(...channels.filter((one) => !one.isDirect).map(entry))
  byId('directs').replaceChildren(...channels.filter((one) => one.isDirect).map(entry))
  const current = channels.find(({ id }) => id === now.channel) ?? channels[0]
  now.channel = current.id
  byId('title').textContent = `${current.isDirect ? '' : '# '}${current.name}`
  const { people } = now.state
  byId('acting').replaceChildren(
    ...people.map(({ id, name, title }) =>
      element('option', { value: id, selected: id === now.as }, `${name} (${title})`),
    ),
  )
  void names
}

const drawMessages = () => {
  const { messages, ephemerals } = now.state
  const roots = messages.filter(({ channel, threadTs }) => channel === now.channel && threadTs === undefined)
  const replies = (ts) =>
    messages.filter(({ channel, threadTs }) => channel === now.channel && threadTs === ts)
  const open = (ts) => {
    now.thread = ts
    byId('replies').dataset.fresh = 'yes'
    draw()
  }
  const items = [
    ...roots,
    ...ephemerals.filter(({ channel }) => channel === now.channel).map(ephemeralMessage),
  ].toSorted((a, b) => Number(a.ts) - Number(b.ts))
  showList(
    byId('messages'),
    items.map((message) => {
      const count = message.isEphemeral ? 0 : replies(message.ts).length
      const link =
        count === 0
          ? undefined
          : element(
              'button',
              { type: 'button', className: 'replies-link', onclick: () => open(message.ts) },
              `${count} ${count === 1 ? 'reply' : 'replies'}`,
            )
      return article(message, link)
    }),
  )
  const thread = roots.find(({ ts }) => ts === now.thread)
  byId('thread').hidden = thread === undefined
  if (thread !== undefined)
    showList(
      byId('replies'),
      [thread, ...replies(thread.ts)].map((message) => article(message)),
    )
}

const fieldOf = (one, { errors, values }) => {
  const id = `field-${one.block_id}`
  const { element: input } = one
  const error = errors[one.block_id]
  const send = (event) => act({ kind: 'fill', as: now.as, block: one.block_id, value: event.target.value })
  const initial =
    values[one.block_id] ??
    (input.type === 'static_select' ? input.initial_option?.value : input.initial_value) ??
    ''
  const common = { id, 'aria-describedby': `${id}-hint` }
  const control =
    input.type === 'static_select'
      ? element(
          'select',
          { ...common, onchange: send },
          element('option', { value: '' }, 'Select an option'),
          input.options.map(({ text, value }) =>
            element('option', { value, selected: value === initial }, text.text),
          ),
        )
      : element(input.multiline ? 'textarea' : 'input', { ...common, value: initial, onchange: send })
  return element(
    'div',
    { className: `field ${error === undefined ? '' : 'wrong'}` },
    element(
      'label',
      { htmlFor: id },
      one.label.text,
      one.optional ? element('span', { className: 'optional' }, ' (optional)') : undefined,
    ),
    control,
    error === undefined ? undefined : element('div', { className: 'error', role: 'alert' }, error),
    one.hint === undefined
      ? undefined
      : element('div', { className: 'hint', id: `${id}-hint` }, one.hint.text),
  )
}

let shownView
const drawModal = () => {
  const { view: open } = now.state
  const dialog = byId('modal')
  if (open === undefined) {
    shownView = undefined
    if (dialog.open) dialog.close()
    return
  }
  const key = JSON.stringify([open.id, open.hash, open.errors])
  if (key === shownView && dialog.open) return
  shownView = key
  const { view } = open
  const context = { names: now.state.names, click: () => undefined }
  const close = () => act({ kind: 'close', as: now.as })
  const send = async () => {
    // What is still being typed counts too.
    for (const one of view.blocks.filter(({ type }) => type === 'input')) {
      const control = byId(`field-${one.block_id}`)
      const initial =
        open.values[one.block_id] ?? one.element.initial_option?.value ?? one.element.initial_value ?? ''
      if (control.value !== initial && one.dispatch_action !== true)
        await act({ kind: 'fill', as: now.as, block: one.block_id, value: control.value })
    }
    await act({ kind: 'submit', as: now.as })
  }
  dialog.replaceChildren(
    element('h2', { id: 'modal-title' }, view.title.text),
    element(
      'div',
      { className: 'inside' },
      open.errors[''] === undefined
        ? undefined
        : element('div', { className: 'form-error', role: 'alert' }, open.errors['']),
      view.blocks.map((one) => (one.type === 'input' ? fieldOf(one, open) : block(one, context))),
    ),
    element(
      'footer',
      {},
      element('button', { className: 'button', type: 'button', onclick: close }, view.close?.text ?? 'Close'),
      view.submit === undefined
        ? undefined
        : element('button', { className: 'button primary', type: 'button', onclick: send }, view.submit.text),
    ),
  )
  dialog.oncancel = close
  if (dialog.open) return
  dialog.showModal()
  // Else the browser gives the focus to what scrolls.
  dialog.querySelector('input, select, textarea')?.focus()
}

const run = async ({ id, label }) => {
  now.panelSays = `${label} …`
  drawPanel()
  now.panelSays = await act({ kind: 'run', id }).catch(() => 'That did not work.')
  drawPanel()
}

const switchGroup = ({ title, switches }) => {
  const count = switches.filter(({ on }) => on).length
  return element(
    'details',
    {
      open: now.open.has(title),
      ontoggle: ({ target }) => now.open[target.open ? 'add' : 'delete'](title),
    },
    element('summary', {}, title, count === 0 ? undefined : element('b', {}, ` ${count} on`)),
    ...switches.map(({ id, label, help, on }) =>
      element(
        'label',
        { title: help },
        element('input', {
          type: 'checkbox',
          checked: on,
          onchange: (event) => act({ kind: 'switch', id, on: event.target.checked }),
        }),
        label,
      ),
    ),
  )
}

const drawPanel = () => {
  const { panel } = now.state
  if (panel === undefined) return
  byId('panel').replaceChildren(
    element('h2', {}, 'Break something'),
    ...panel.actions.map((one) =>
      element('button', { type: 'button', title: one.help, onclick: () => run(one) }, one.label),
    ),
    element('div', { role: 'status' }, now.panelSays ?? ''),
    ...panel.groups.map(switchGroup),
  )
}

const draw = () => {
  drawChannels()
  drawMessages()
  drawModal()
  drawPanel()
}

let isLoading = false
let isStale = false
const load = async () => {
  if (isLoading) {
    isStale = true
    return
  }
  isLoading = true
  now.state = await (await fetch(`/sandbox/state?as=${now.as}`)).json()
  isLoading = false
  draw()
  if (isStale) {
    isStale = false
    await load()
  }
}

byId('acting').addEventListener('change', (event) => {
  now.as = event.target.value
  localStorage.setItem('as', now.as)
  void load()
})
byId('close-thread').addEventListener('click', () => {
  now.thread = undefined
  draw()
})

const typed = byId('typed')
typed.addEventListener('input', () => {
  const list = byId('suggestions')
  const matching = typed.value.startsWith('/')
    ? now.state.commands.filter((command) => command.startsWith(typed.value))
    : []
  list.hidden = matching.length === 0
  list.replaceChildren(
    ...matching.map((command) =>
      element(
        'li',
        {
          onmousedown: (event) => {
            event.preventDefault()
            typed.value = `${command} `
            list.hidden = true
          },
        },
        command,
      ),
    ),
  )
})
const refused = byId('refused')
byId('composer').addEventListener('submit', (event) => {
  event.preventDefault()
  const text = typed.value.trim()
  if (text === '') return
  typed.value = ''
  refused.hidden = true
  byId('suggestions').hidden = true
  byId('messages').dataset.fresh = 'yes'
  const kind = text.startsWith('/') ? 'command' : 'say'
  act({ kind, as: now.as, channel: now.channel, text }).catch((error) => {
    // What was typed is not lost, unless something else was begun already.
    if (typed.value === '') typed.value = text
    refused.textContent = error.message
    refused.hidden = false
  })
})

const place = /^\/archives\/([A-Z0-9]+)(?:\/p(\d{10})(\d{6}))?/.exec(location.pathname)
if (place !== null) {
  now.channel = place[1]
  if (place[2] !== undefined) now.thread = `${place[2]}.${place[3]}`
}
new EventSource('/sandbox/events').addEventListener('message', () => void load())
