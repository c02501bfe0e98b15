// The peer: a Bolt app that does nothing but answer, run as the bot is run.
import { flushCompileCache } from 'node:module'
import { join } from 'node:path'

import { App, LogLevel } from '@slack/bolt'

import { systemDisk } from '../src/store/disk.ts'
import { writeDurably } from '../src/store/durable-file.ts'

const {
  SLACK_BOT_TOKEN: token = '',
  SLACK_APP_TOKEN: appToken = '',
  SLACK_API_URL: slackApiUrl = '',
} = process.env
const folder = process.env['DATA_DIR'] ?? ''
const app = new App({
  token,
  appToken,
  socketMode: true,
  logLevel: LogLevel.ERROR,
  clientOptions: { slackApiUrl },
})

app.command('/onboard', async ({ ack, body, client }) => {
  if (body.text === 'help') {
    await ack('echo')
    return
  }
  await ack()
  await client.views.open({
    trigger_id: body.trigger_id,
    view: {
      type: 'modal',
      callback_id: 'bare',
      title: { type: 'plain_text', text: 'Bare' },
      submit: { type: 'plain_text', text: 'Send' },
      blocks: [
        {
          type: 'input',
          block_id: 'text',
          label: { type: 'plain_text', text: 'Text' },
          element: { type: 'plain_text_input', action_id: 'value', initial_value: 'x' },
        },
      ],
    },
  })
})

let count = 0
app.view('bare', async ({ ack }) => {
  count += 1
  const text = JSON.stringify({ count, filling: 'x'.repeat(1_500) })
  await writeDurably(systemDisk, join(folder, `${count}.json`), { text, isNew: true })
  await ack()
})

await app.start()
flushCompileCache()
