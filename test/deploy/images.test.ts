import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'

import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { repositoryRoot } from '../../sandbox/world.ts'

interface Stage {
  readonly from: string
  readonly name: string
  readonly instructions: readonly string[]
}

const textOf = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8')

const stages = textOf('Dockerfile')
  .split(/^FROM /m)
  .slice(1)
  .map((part): Stage => {
    const [first = '', ...rest] = part.split('\n')
    const [from = '', , name = ''] = first.split(' ')
    return { from, name, instructions: rest.filter((line) => /^[A-Z]+ /.test(line)) }
  })

/** The instructions of a stage with those of the stages that it is made from. */
const instructionsOf = (name: string): readonly string[] => {
  const stage = stages.find((one) => one.name === name)
  return stage === undefined ? [] : [...instructionsOf(stage.from), ...stage.instructions]
}

const copied = (name: string): readonly string[] =>
  instructionsOf(name)
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(' ').slice(1, -1))

const commandOf = (name: string): readonly string[] => {
  const line = instructionsOf(name).findLast((one) => one.startsWith('CMD '))
  return JSON.parse(line?.slice('CMD '.length) ?? '[]')
}

const sources = (readdirSync(join(repositoryRoot, 'src'), { recursive: true }) as string[])
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .map((path) => join('src', path))

const importsOf = (path: string): readonly string[] =>
  [...textOf(path).matchAll(/(?:\bfrom|\bimport\(|^import)\s*'([^']+)'/gm)].map(([, name = '']) => name)

const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')

describe.each(['bot', 'steps'])('the image of the %s', (name) => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'onboard-bot-image-'))
    for (const path of copied(name)) {
      cpSync(join(repositoryRoot, path), join(folder, path), { recursive: true })
    }
    symlinkSync(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it('copies what is there, and nothing that is kept out of the build', () => {
    const ignored = textOf('.dockerignore').split('\n')
    expect(copied(name).filter((path) => !existsSync(join(repositoryRoot, path)))).toEqual([])
    expect(ignored[0]).toBe('*')
    expect(copied(name).filter((path) => !ignored.includes(`!${path}`))).toEqual([])
  })

  it('runs its command with nothing but what it copies', () => {
    const [program = '', ...args] = commandOf(name)
    expect(program).toBe('node')
    const ended = spawnSync(process.execPath, args, {
      cwd: folder,
      env: { PATH: process.env['PATH'], CONTAINER_ROOT: folder },
      encoding: 'utf8',
    })
    const says = { bot: 'SLACK_BOT_TOKEN: is missing', steps: 'There is no step' }[name] ?? ''
    expect(`${ended.stdout}${ended.stderr}`).toContain(says)
  })

  it('does not run as root', () => {
    expect(instructionsOf(name).findLast((line) => line.startsWith('USER '))).toBe('USER node')
  })
})

it('every package that the images import is one that they install', () => {
  const { dependencies } = JSON.parse(textOf('package.json'))
  const outside = sources.flatMap((path) =>
    importsOf(path)
      .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
      .map(packageOf)
      .filter((name) => !Object.hasOwn(dependencies, name))
      .map((name) => `${path}: ${name}`),
  )
  expect(outside).toEqual([])
})

it('no source imports what the images do not have', () => {
  const outside = sources.flatMap((path) =>
    importsOf(path)
      .filter((name) => name.startsWith('.'))
      .map((name) => relative(repositoryRoot, resolve(repositoryRoot, dirname(path), name)))
      .filter((target) => !target.startsWith('src/') || target.endsWith('.test.ts')),
  )
  expect(outside).toEqual([])
})

describe('the shipped templates', () => {
  const files = readdirSync(join(repositoryRoot, 'templates')).flatMap((name) =>
    ['onboard.yaml', 'cleanup.yaml'].map((file) => `templates/${name}/${file}`),
  )

  it.each(files)('%s runs the command of the image as the user that the image has', (file) => {
    const { spec } = load(textOf(file)) as {
      spec: { securityContext: object; templates: { container?: { command: unknown } }[] }
    }
    const commands = spec.templates.flatMap((one) =>
      one.container === undefined ? [] : [one.container.command],
    )
    expect(new Set(commands.map((command) => JSON.stringify(command)))).toEqual(
      new Set([JSON.stringify(commandOf('steps'))]),
    )
    // The user `node` of the official images.
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 })
  })
})

it('helm is in the image of the steps, on the PATH, and not in that of the bot', () => {
  const helm = (name: string): boolean =>
    instructionsOf(name).includes('COPY --from=helm /usr/bin/helm /usr/local/bin/helm')
  expect([helm('steps'), helm('bot')]).toEqual([true, false])
  expect(stages.at(-1)?.name).toBe('bot')
})
