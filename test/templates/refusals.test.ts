import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { readTemplates, TemplateError } from '../../src/templates/read-templates.ts'

const onboard = `apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  annotations:
    workflows.argoproj.io/title: Sample
    onboard-bot.dev/step-titles: |
      first: The first step
      second: The second step
    onboard-bot.dev/secrets: |
      cis: { path: btp/cis }
spec:
  entrypoint: main
  arguments:
    parameters:
      - name: size
        default: small
        enum: [small, large]
      - name: note
        default: none
      - name: namespace
  templates:
    - name: main
      steps:
        - - name: first
            template: work
        - - name: second
            template: work
    - name: work
      container:
        image: busybox
        command: [echo]
        args: ['{{workflow.parameters.note}}']
      outputs:
        parameters:
          - name: made
            globalName: made
            valueFrom: { path: /tmp/made }
`
const cleanup = `apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  entrypoint: main
  arguments:
    parameters:
      - name: note
      - name: namespace
      - name: made
        default: ''
  templates:
    - name: main
      steps:
        - - name: undo
            template: undo
    - name: undo
      container:
        image: busybox
        command: [echo]
`

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'onboard-bot-templates-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

type File = 'onboard.yaml' | 'cleanup.yaml'
const right: Readonly<Record<File, string>> = { 'onboard.yaml': onboard, 'cleanup.yaml': cleanup }

const write = (files: Partial<Record<File, string | Buffer>>, name = 'sample'): void => {
  mkdirSync(join(directory, name))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, name, file), text)
}

/** Everything that is found, with the directory taken off. */
const findings = (): readonly string[] => {
  try {
    readTemplates(directory)
    return []
  } catch (error) {
    if (error instanceof TemplateError) return error.findings.map((one) => one.replace(`${directory}/`, ''))
    throw error
  }
}

interface Row {
  readonly what: string
  readonly file?: File
  /** A part of the file, which is there once, and what takes its place. */
  readonly part: string
  readonly by: string
  /** The line, the path and the words, for each finding. */
  readonly says: readonly string[]
}

const variable = 'hand the value over as an environment variable'
const tag = '{{workflow.parameters.note}}'
const work = 'spec.templates[1]'
const container = `      container:
        image: busybox
        command: [echo]
        args: ['${tag}']
`
const shell = `a parameter stands inside a shell's words; ${variable}`
const secretCure = 'name it in the annotation onboard-bot.dev/secrets, or rename it'
const argoName = 'is no name for Argo'

/** A container of `work` in another shape; it begins at line 29. */
const instead = (what: string, by: string, says: readonly string[]): Row => ({
  what,
  part: container,
  by,
  says,
})

const spliced: readonly Row[] = [
  instead('a parameter in a script', `      script:\n        image: a\n        source: echo ${tag}\n`, [
    `31: ${work}.script.source: a parameter stands inside a script; ${variable}`,
  ]),
  instead(
    'an input in a script',
    `      inputs: { parameters: [{ name: x }] }\n      script:\n        image: a\n        source: |\n          echo {{inputs.parameters.x}}\n`,
    [`32: ${work}.script.source: a parameter stands inside a script; ${variable}`],
  ),
  ...['sh', '/bin/bash', 'ash', '/usr/bin/env'].map((program) =>
    instead(
      `a parameter in the words of ${program}`,
      `      container:\n        image: a\n        command: [${program}]\n        args: [-c, 'echo ${tag}']\n`,
      [`32: ${work}.container.args: ${shell}`],
    ),
  ),
  instead(
    'a parameter in the command of a shell',
    `      container:\n        image: a\n        command: [sh, -c, 'echo ${tag}']\n`,
    [`31: ${work}.container.command: ${shell}`],
  ),
  ...['python3, -c', 'node, -e', 'node, --eval', 'perl, -pe'].map((program) =>
    instead(
      `a parameter in the program of ${program}`,
      `      container:\n        image: a\n        command: [${program}]\n        args: ['print(${tag})']\n`,
      [`32: ${work}.container.args: ${shell}`],
    ),
  ),
  ...['initContainers', 'sidecars'].map((kind) =>
    instead(
      `a parameter in a shell of ${kind}`,
      `${container}      ${kind}:\n        - name: a\n          command: [sh, -c]\n          args: ['${tag}']\n`,
      [`36: ${work}.${kind}[0].args: ${shell}`],
    ),
  ),
  instead(
    'a parameter in a shell of a container set',
    `      containerSet:\n        containers:\n          - name: main\n            command: [sh, -c, '${tag}']\n`,
    [`32: ${work}.containerSet.containers[0].command: ${shell}`],
  ),
  instead(
    'a parameter in the text of a manifest',
    `      resource:\n        action: apply\n        manifest: |\n          a: ${tag}\n`,
    [
      `31: ${work}.resource.manifest: a parameter stands inside the text of a manifest; let a program make it; only cluster, namespace, run-secret, onboarding-id, steps-image may stand there`,
    ],
  ),
  instead('a parameter in a patch', `${container}      podSpecPatch: 'a: ${tag}'\n`, [
    `33: ${work}.podSpecPatch: a parameter stands inside a patch; take it out`,
  ]),
]

const patterned = (what: string, pattern: string, says: readonly string[]): Row => ({
  what,
  part: '    onboard-bot.dev/secrets: |\n',
  by: `    onboard-bot.dev/patterns: |\n      ${pattern}\n    onboard-bot.dev/secrets: |\n`,
  says,
})

const nameless = (at: string): string => `${at}.name: is missing; write "name: …"`
/** Mistakes that nothing structural may hide. */
const others = `      - { name: pass-word }
      - { name: mode, enum: [a, b], default: c }
      - { name: mode }
`
const saidOfOthers = (line: number, index: number): readonly string[] => {
  const at = (more: number): string => `${line + more}: spec.arguments.parameters[${index + more}]`
  return [
    `${at(2)}: two parameters are named "mode"; rename one of them`,
    `${at(0)}: the parameter "pass-word" is named like a secret, and parameters can be read by everybody; name it in the annotation onboard-bot.dev/secrets, or rename it`,
    `${at(1)}.default: the form would refuse "c" for "mode"; this must be one of: a, b`,
  ]
}

const misspelt = (line: number, path: string, meant: string): string =>
  `${line}: ${path}: Argo does not know this name, and would drop it without a word; did you mean "${meant}"?`

const undoing = (what: string, name: string, line: string, says: readonly string[]): Row => ({
  what,
  file: 'cleanup.yaml',
  part: `spec:
  entrypoint: main
  arguments:
    parameters:
`,
  by: `metadata:
  annotations:
    onboard-bot.dev/${name}: '${line}'
spec:
  entrypoint: main
  arguments:
    parameters:
      - { name: size, default: small, enum: [small, large] }
`,
  says,
})

const lost = (line: number, path: string, tag: string, cure: string): string =>
  `${line}: ${path}: nothing would take the place of "{{${tag}}}", which would stay as it is; ${cure}`

/** What stands in the arguments of the second step, at line 29. */
const passed = (what: string, tag: string, cure: string): Row => ({
  what,
  part: '- - name: second\n            template: work',
  by: `- - name: second\n            template: work\n            arguments:\n              parameters: [{ name: a, value: 'x-{{ ${tag} }}' }]`,
  says: [lost(29, 'spec.templates[0].steps[1][0].arguments.parameters[0].value', tag, cure)],
})

const lostVariables: readonly Row[] = [
  {
    what: 'a misspelt parameter',
    part: tag,
    by: '{{workflow.parameters.Note}}',
    says: [lost(32, `${work}.container.args[0]`, 'workflow.parameters.Note', 'did you mean "note"?')],
  },
  {
    what: 'a parameter that the clean-up does not have',
    file: 'cleanup.yaml',
    part: 'command: [echo]',
    by: "command: [echo, '{{workflow.parameters.size}}']",
    says: [
      `cleanup.yaml:19: ${work}.container.command[1]: nothing would take the place of "{{workflow.parameters.size}}", which would stay as it is; there is: note, namespace, made`,
    ],
  },
  {
    what: 'a misspelt parameter outside of the templates',
    part: '  entrypoint: main',
    by: "  entrypoint: main\n  synchronization: { mutexes: [{ name: 'a-{{workflow.parameters.namspace}}' }] }",
    says: [
      lost(
        13,
        'spec.synchronization.mutexes[0].name',
        'workflow.parameters.namspace',
        'did you mean "namespace"?',
      ),
    ],
  },
  passed('a misspelt part of the workflow', 'workflow.parameter.note', 'did you mean "parameters"?'),
  passed('a misspelt kind of variable', 'step.first.id', 'did you mean "steps"?'),
  passed('an input that the template does not have', 'inputs.parameters.note', 'take it out'),
  passed('a step that is not there', 'steps.frist.outputs.parameters.made', 'did you mean "first"?'),
  passed('a misspelt output of a step', 'steps.first.outputs.parameters.mad', 'did you mean "made"?'),
  passed('a misspelt part of a step', 'steps.first.output.parameters.made', 'did you mean "outputs"?'),
  passed('a task where there are steps', 'tasks.first.outputs.parameters.made', 'take it out'),
  passed('a misspelt global output', 'workflow.outputs.parameters.mde', 'did you mean "made"?'),
]

const rows: readonly Row[] = [
  ...spliced,
  ...lostVariables,
  ...['password', 'api-token', 'clientSecret', 'ssh_key', 'CREDENTIALS'].map((name) => ({
    what: `a parameter named ${name}`,
    part: '- name: size',
    by: `- name: ${name}`,
    says: [
      `15: spec.arguments.parameters[0]: the parameter "${name}" is named like a secret, and parameters can be read by everybody; ${secretCure}`,
    ],
  })),
  {
    what: 'an output named like a secret',
    part: 'globalName: made',
    by: 'globalName: admin-password',
    says: [
      `35: ${work}.outputs.parameters[0]: the output "admin-password" is named like a secret, and outputs can be read by everybody; keep it in a Secret, or rename it`,
      'cleanup.yaml:9: the parameter "made" is neither one of onboard.yaml nor one of its global outputs; take it out, or add it there',
    ],
  },
  {
    what: 'generateName',
    part: 'metadata:\n',
    by: 'metadata:\n  generateName: sample-\n',
    says: ['4: metadata.generateName: generateName is not taken; take it out: the bot names every workflow'],
  },
  {
    what: 'two steps of one name',
    part: '- - name: second',
    by: '- - name: first',
    says: [
      '8: metadata.annotations.onboard-bot.dev/step-titles.second: the name "second" is no step; there is: first, first',
      '26: spec.templates[0].steps[1][0]: two steps are named "first"; rename one of them',
    ],
  },
  {
    what: 'two templates of one name',
    part: '    - name: work\n',
    by: '    - name: work\n      suspend: {}\n    - name: work\n',
    says: ['30: spec.templates[2]: two templates are named "work"; rename one of them'],
  },
  {
    what: 'two parameters of one name',
    part: '- name: note',
    by: '- name: size',
    says: [
      '18: spec.arguments.parameters[1]: two parameters are named "size"; rename one of them',
      lost(32, `${work}.container.args[0]`, 'workflow.parameters.note', 'there is: size, namespace'),
      'cleanup.yaml:7: the parameter "note" is neither one of onboard.yaml nor one of its global outputs; take it out, or add it there',
    ],
  },
  {
    what: 'a step whose template is not there',
    part: 'template: work\n        - -',
    by: 'template: works\n        - -',
    says: [
      '24: spec.templates[0].steps[0][0]: the step "first" calls the template "works", which is not there; did you mean "work"?',
    ],
  },
  {
    what: 'an entrypoint that is not there',
    part: 'entrypoint: main',
    by: 'entrypoint: mainn',
    says: ['12: spec.entrypoint: there is no template "mainn"; did you mean "main"?'],
  },
  {
    what: 'no entrypoint',
    part: '  entrypoint: main\n',
    by: '',
    says: [
      '11: spec.entrypoint: is missing; write the name of the template to begin with, such as "entrypoint: main"',
    ],
  },
  {
    what: 'an entrypoint without steps',
    part: 'entrypoint: main',
    by: 'entrypoint: work',
    says: [
      '12: spec.entrypoint: the template "work" has no steps, so nobody could see how far it is; begin with a template of "steps" or of a "dag"',
    ],
  },
  {
    what: 'a default that the form would refuse',
    part: 'default: none',
    by: "default: '{{workflow.name}}'",
    says: [
      '19: spec.arguments.parameters[1].default: the form would refuse "{{workflow.name}}" for "note"; this must not contain "{{": Argo would expand it',
    ],
  },
  {
    what: 'a default that is none of the choices',
    part: 'default: small',
    by: 'default: medium',
    says: [
      '16: spec.arguments.parameters[0].default: the form would refuse "medium" for "size"; this must be one of: small, large',
    ],
  },
  {
    what: 'a choice that the form would refuse',
    part: 'enum: [small, large]',
    by: "enum: [small, '{{x}}']",
    says: [
      '17: spec.arguments.parameters[0].enum: the form would refuse "{{x}}" for "size"; this must not contain "{{": Argo would expand it',
    ],
  },
  {
    what: 'no choice',
    part: 'enum: [small, large]',
    by: 'enum: []',
    says: ['17: spec.arguments.parameters[0].enum: is empty; fill it in'],
  },
  {
    what: 'a choice that is longer than Slack shows',
    part: 'enum: [small, large]',
    by: `enum: [small, ${'x'.repeat(76)}]`,
    says: ['17: spec.arguments.parameters[0].enum[1]: has to be at most 75 characters; make it smaller'],
  },
  {
    what: 'a parameter that has no name',
    part: '- name: size\n        default',
    by: '- default',
    says: ['15: spec.arguments.parameters[0].name: is missing; write "name: …"'],
  },
  {
    what: 'a parameter whose name Argo refuses',
    part: '- name: size',
    by: '- name: size of it',
    says: [
      `15: spec.arguments.parameters[0].name: ${argoName}, not "size of it"; use at most 128 letters, digits, - and _`,
    ],
  },
  {
    what: 'more parameters than a form takes',
    part: '      - name: namespace\n',
    by: Array.from({ length: 51 }, (_, index) => `      - name: p${index}\n`).join(''),
    says: ['14: spec.arguments.parameters: has to be at most 50 entries; make it smaller'],
  },
  {
    what: 'a step whose name Argo refuses',
    part: '- - name: second',
    by: '- - name: the second',
    says: [
      `26: spec.templates[0].steps[1][0].name: ${argoName}, not "the second"; use at most 128 letters, digits and dashes`,
    ],
  },
  {
    what: 'another kind',
    part: 'kind: Workflow',
    by: 'kind: CronWorkflow',
    says: ['2: kind: cannot be "CronWorkflow"; did you mean "Workflow"?'],
  },
  {
    what: 'another version',
    part: 'argoproj.io/v1alpha1',
    by: 'argoproj.io/v1',
    says: ['1: apiVersion: cannot be "argoproj.io/v1"; did you mean "argoproj.io/v1alpha1"?'],
  },
  {
    what: 'another kind, and what is wrong beside it',
    part: 'kind: Workflow\nmetadata:\n  annotations:\n',
    by: 'kind: CronWorkflow\nmetadata:\n  annotations:\n    onboard-bot.dev/patterns: "size: { pattern: small, says: No. }"\n',
    says: [
      '2: kind: cannot be "CronWorkflow"; did you mean "Workflow"?',
      '18: spec.arguments.parameters[0].enum: the form would refuse "large" for "size"; no',
    ],
  },
  {
    what: 'a parameter whose name Argo refuses, and what is wrong beside it',
    part: '- name: size\n        default: small',
    by: '- name: size of it\n        default: tiny',
    says: [
      `15: spec.arguments.parameters[0].name: ${argoName}, not "size of it"; use at most 128 letters, digits, - and _`,
      '16: spec.arguments.parameters[0].default: the form would refuse "tiny" for "size of it"; this must be one of: small, large',
    ],
  },
  {
    what: 'templates of somewhere else',
    part: onboard.slice(onboard.indexOf('  templates:')),
    by: '  workflowTemplateRef: { name: elsewhere }\n',
    says: [
      '11: spec.templates: is missing; write the templates of the workflow below it, each with "- name: …"',
    ],
  },
  {
    what: 'bad YAML',
    part: 'kind: Workflow',
    by: 'kind: [Workflow',
    says: [
      '3: this is not YAML: deficient indentation; indent the line, or close the bracket that is open above it',
    ],
  },
  {
    what: 'bad JSON',
    part: onboard,
    by: '{\n  "apiVersion": "argoproj.io/v1alpha1",\n  "kind": "Workflow"\n  "spec": {}\n}\n',
    says: [
      '4: this is not YAML: missed comma between flow collection entries; mend the line, or the one above it',
    ],
  },
  {
    what: 'a name given twice',
    part: 'kind: Workflow',
    by: 'kind: Workflow\nkind: Workflow',
    says: ['3: the name stands here twice; keep one of the two'],
  },
  {
    what: 'a name given twice, and what is wrong beside it',
    part: '        default: small\n',
    by: '        default: small\n        default: tiny\n',
    says: [
      '17: the name stands here twice; keep one of the two',
      '17: spec.arguments.parameters[0].default: the form would refuse "tiny" for "size"; this must be one of: small, large',
    ],
  },
  {
    what: 'an anchor',
    part: 'kind: Workflow',
    by: 'kind: &kind Workflow',
    says: ['2: anchors and aliases (& and *) are not taken; write the value out'],
  },
  {
    what: 'a tab',
    part: '  entrypoint: main',
    by: '\tentrypoint: main',
    says: ['12: this is not YAML: tab characters must not be used in indentation; indent with spaces'],
  },
  {
    what: 'two documents',
    part: '            valueFrom: { path: /tmp/made }\n',
    by: '            valueFrom: { path: /tmp/made }\n---\nkind: Workflow\n',
    says: ['38: a second document begins here; keep one document: take out what follows the line "---"'],
  },
  {
    what: 'an empty file',
    part: onboard,
    by: '',
    says: ['1: has to be a map of names and values, not nothing; write lines of "name: value"'],
  },
  {
    what: 'values nested without end',
    part: onboard,
    by: '['.repeat(50_000),
    says: ['1: the values are nested too deeply; flatten them'],
  },
  {
    what: 'a file without end',
    part: onboard,
    by: 'x'.repeat(257 * 1024),
    says: ['1: the file is larger than 256 KiB; make it smaller'],
  },
  {
    what: 'a title for a step that is not there',
    part: 'second: The second step',
    by: 'secnd: The second step',
    says: [
      '8: metadata.annotations.onboard-bot.dev/step-titles.secnd: the name "secnd" is no step; there is: first, second',
    ],
  },
  {
    what: 'an empty title',
    part: 'second: The second step',
    by: "second: ''",
    says: ['8: metadata.annotations.onboard-bot.dev/step-titles.second: is empty; fill it in'],
  },
  patterned('a pattern of an unknown parameter', "nte: { pattern: 'a', says: No. }", [
    '10: metadata.annotations.onboard-bot.dev/patterns.nte: the name "nte" is no parameter that people fill in; there is: namespace, size, note',
  ]),
  patterned('a pattern of what the bot fills in', "cluster: { pattern: 'a', says: No. }", [
    '10: metadata.annotations.onboard-bot.dev/patterns.cluster: the name "cluster" is no parameter that people fill in; there is: namespace, size, note',
  ]),
  patterned('a pattern that is none', "note: { pattern: 'a)|(b', says: No. }", [
    "10: metadata.annotations.onboard-bot.dev/patterns.note.pattern: is no regular expression of JavaScript (Invalid regular expression: /a)|(b/u: Unmatched ')'); change it",
  ]),
  patterned('a pattern without its sentence', "note: { pattern: 'none' }", [
    '10: metadata.annotations.onboard-bot.dev/patterns.note.says: is missing; write the sentence that is shown at the field',
  ]),
  patterned(
    'a default that does not match its pattern',
    "note: { pattern: 'non', says: This must be non. }",
    ['21: spec.arguments.parameters[1].default: the form would refuse "none" for "note"; this must be non'],
  ),
  patterned('a choice that does not match its pattern', "size: { pattern: 'small', says: No. }", [
    '19: spec.arguments.parameters[0].enum: the form would refuse "large" for "size"; no',
  ]),
  {
    what: 'an annotation that is none of ours',
    part: 'onboard-bot.dev/step-titles',
    by: 'onboard-bot.dev/step-title',
    says: [
      '6: metadata.annotations.onboard-bot.dev/step-title: this annotation means nothing here; did you mean "step-titles"?',
    ],
  },
  {
    what: 'an annotation of the other file',
    part: 'onboard-bot.dev/secrets',
    by: 'onboard-bot.dev/caveats',
    says: [
      '9: metadata.annotations.onboard-bot.dev/caveats: this annotation means nothing here; there is: secrets, step-titles, patterns',
    ],
  },
  {
    what: 'an annotation whose prefix is misspelt',
    part: 'onboard-bot.dev/secrets',
    by: 'onboardbot.dev/secrets',
    says: [
      '9: metadata.annotations.onboardbot.dev/secrets: this annotation means nothing here; did you mean "onboard-bot.dev/secrets"?',
    ],
  },
  {
    what: "a misspelt annotation of Argo's",
    part: 'workflows.argoproj.io/title',
    by: 'workflows.argoproj.io/titel',
    says: [
      '5: metadata.annotations.workflows.argoproj.io/titel: this annotation means nothing here; did you mean "workflows.argoproj.io/title"?',
    ],
  },
  {
    what: 'a misspelt field that has to be there, which is not missing as well',
    part: 'entrypoint: main',
    by: 'entrypiont: main',
    says: [misspelt(12, 'spec.entrypiont', 'entrypoint')],
  },
  {
    what: 'misspelt fields that Argo would drop',
    part: "        args: ['{{workflow.parameters.note}}']",
    by: "        args: ['{{workflow.parameters.note}}']\n        imagePullpolicy: Always\n        env: [{ name: A, vaule: b }]",
    says: [
      misspelt(33, 'spec.templates[1].container.imagePullpolicy', 'imagePullPolicy'),
      misspelt(34, 'spec.templates[1].container.env[0].vaule', 'value'),
    ],
  },
  {
    what: 'a misspelt field of a step',
    part: '- - name: second\n            template: work',
    by: '- - name: second\n            template: work\n            wehn: "true"',
    says: [misspelt(28, 'spec.templates[0].steps[1][0].wehn', 'when')],
  },
  undoing('undoing a step that is not there', 'undoes', 'undo: thrid', [
    '5: metadata.annotations.onboard-bot.dev/undoes.undo: is no step of onboard.yaml; there is: first, second',
  ]),
  undoing('a step that is not there and undoes one', 'undoes', 'undoo: first', [
    '5: metadata.annotations.onboard-bot.dev/undoes.undoo: the name "undoo" is no step; there is: undo',
  ]),
  undoing('a caveat of an unknown parameter', 'caveats', 'nte: { a: All goes. }', [
    '5: metadata.annotations.onboard-bot.dev/caveats.nte: the name "nte" is no parameter of the clean-up; there is: size, note, namespace, made',
  ]),
  undoing('a caveat of a value that nobody can choose', 'caveats', 'size: { larg: All goes. }', [
    '5: metadata.annotations.onboard-bot.dev/caveats.size.larg: is no choice of "size"; there is: small, large',
  ]),
  {
    what: 'choices that are none, and what is wrong beside them',
    part: '        enum: [small, large]\n',
    by: `        enum: []\n${others}`,
    says: ['17: spec.arguments.parameters[0].enum: is empty; fill it in', ...saidOfOthers(18, 1)],
  },
  {
    what: 'parameters without a name, which something else may mean, and what is wrong beside them',
    part: '      - name: size\n        default: small\n        enum: [small, large]\n      - name: note\n',
    by: `      - nam: size\n${others}      - enum: [x, none]\n`,
    says: [
      misspelt(15, 'spec.arguments.parameters[0].nam', 'name'),
      `19: ${nameless('spec.arguments.parameters[4]')}`,
      ...saidOfOthers(16, 1),
    ],
  },
  {
    what: 'a step without a name, a template that is none, and what is wrong beside them',
    part: '        - - name: first\n            template: work\n',
    by: `        - - template: gone
          - name: second
            template: gone
        - 5
`,
    says: [
      `24: ${nameless('spec.templates[0].steps[0][0]')}`,
      '27: spec.templates[0].steps[1]: has to be a list of steps, not 5; write "- - name: ..."',
      '28: spec.templates[0].steps[2][0]: two steps are named "second"; rename one of them',
    ],
  },
  {
    what: 'no templates at all, and what is wrong beside that',
    part: onboard.slice(onboard.indexOf('      - name: namespace')),
    by: `${others}  templates: []\n`,
    says: ['23: spec.templates: is empty; fill it in', ...saidOfOthers(20, 2)],
  },
  {
    what: 'a text in the place of the whole, and a parameter in a script',
    part: onboard.slice(onboard.indexOf('spec:')),
    by: `spec: { templates: { name: a, script: { source: '${tag}' } } }\n`,
    says: [
      '11: spec.entrypoint: is missing; write the name of the template to begin with, such as "entrypoint: main"',
      '11: spec.templates: has to be a list, not a map; write [a, b], or a line "- a" for each entry',
      `11: spec.templates.script.source: a parameter stands inside a script; ${variable}`,
    ],
  },
  {
    what: 'a pattern that is none, and a value that another one refuses',
    part: '    onboard-bot.dev/secrets: |\n',
    by: `    onboard-bot.dev/patterns: |
      size: { pattern: '[', says: A size. }
      note: { pattern: '[A-Z]+', says: Capital letters. }
    onboard-bot.dev/secrets: |
`,
    says: [
      '10: metadata.annotations.onboard-bot.dev/patterns.size.pattern: is no regular expression of JavaScript (Invalid regular expression: /[/u: Unterminated character class); change it',
      '22: spec.arguments.parameters[1].default: the form would refuse "none" for "note"; capital letters',
    ],
  },
  {
    what: 'an unknown key of a secret',
    part: 'cis: { path: btp/cis }',
    by: 'cis: { pth: btp/cis }',
    says: ['10: metadata.annotations.onboard-bot.dev/secrets.cis.pth: unknown name; did you mean "path"?'],
  },
  {
    what: 'a secret from outside the source',
    part: 'cis: { path: btp/cis }',
    by: 'cis: { path: ../../etc/passwd }',
    says: [
      '10: metadata.annotations.onboard-bot.dev/secrets.cis.path: has to be a path, not "../../etc/passwd"; write names with / between them, where {cluster}, {namespace} and {template} stand for the key',
    ],
  },
  {
    what: 'bad YAML in an annotation',
    part: 'cis: { path: btp/cis }',
    by: 'cis: { path: btp/cis',
    says: [
      '11: metadata.annotations.onboard-bot.dev/secrets: this is not YAML: deficient indentation; indent the line, or close the bracket that is open above it',
    ],
  },
  {
    what: 'a clean-up that wants more than there is',
    file: 'cleanup.yaml',
    part: '- name: note',
    by: '- name: other',
    says: [
      '7: the parameter "other" is neither one of onboard.yaml nor one of its global outputs; take it out, or add it there',
    ],
  },
  {
    what: 'a clean-up that needs an output that may not be there',
    file: 'cleanup.yaml',
    part: "      - name: made\n        default: ''\n",
    by: '      - name: made\n',
    says: [
      '9: the parameter "made" is an output, which an onboarding that failed may not have; give it a default, such as ""',
    ],
  },
  {
    what: 'a clean-up with a parameter in a script',
    file: 'cleanup.yaml',
    part: '      container:\n        image: busybox\n        command: [echo]\n',
    by: `      script: { image: a, source: '${tag}' }\n`,
    says: [`17: ${work}.script.source: a parameter stands inside a script; ${variable}`],
  },
]

const described = (file: File, says: string): string =>
  says.startsWith('cleanup.yaml:') ? `sample/${says}` : `sample/${file}:${says}`

describe('a template that must not run is refused with its file, its line and a cure', () => {
  it('and the one that the table is made from has nothing against it', () => {
    write(right)
    expect(findings()).toEqual([])
  })

  it.each(rows)('$what', ({ file = 'onboard.yaml', part, by, says }) => {
    const text = right[file]
    expect(text.split(part)).toHaveLength(2)
    write({ ...right, [file]: text.replace(part, () => by) })
    expect(findings()).toEqual(says.map((one) => described(file, one)))
  })

  it('names that are like none of ours or of Argo are left to whoever reads them', () => {
    const others = `
    example.com/titel: Somebody's
    workflows.argoproj.io/version: '>= 3.7'
    workflows.argoproj.io/title: Sample`
    const text = onboard
      .replace('\n    workflows.argoproj.io/title: Sample', others)
      .replace('  entrypoint: main', '  entrypoint: main\n  ofTomorrow: yes')
    write({ ...right, 'onboard.yaml': text })
    expect(findings()).toEqual([])
  })

  it.each([
    'workflow.name workflow.namespace workflow.uid workflow.mainEntrypoint workflow.serviceAccountName workflow.status',
    'workflow.failures workflow.duration workflow.priority workflow.scheduledTime workflow.creationTimestamp',
    'workflow.creationTimestamp.RFC3339 workflow.creationTimestamp.s workflow.labels.a.b/c workflow.annotations.json',
    'workflow.parameters workflow.parameters.json workflow.parameters.size workflow.outputs.parameters.made',
    'workflow.outputs.artifacts.any cronworkflow.name item item.name pod.name node.name retries lastRetry.exitCode',
    'inputs.parameters inputs.parameters.given inputs.artifacts.any.path outputs.parameters.made.path outputs.result',
    'steps.name steps.first.id steps.first.ip steps.first.status steps.first.exitCode steps.first.startedAt',
    'steps.first.finishedAt steps.first.hostNodeName steps.first.outputs.result steps.first.outputs.parameters',
    'steps.first.outputs.parameters.made steps.first.outputs.artifacts.any ofTomorrow.name workflow.ofTomorrow',
    "=workflow.parameters.nobody =sprig.trim(inputs.parameters['nobody']) .Values.name range.",
  ])('what Argo knows, or may come to know, may stand in braces: %s', (tags) => {
    const all = tags.split(' ').map((one) => `{{${one}}} {{ ${one} }}`)
    const given = `    - name: main\n      inputs: { parameters: [{ name: given }] }\n`
    const text = onboard
      .replace('    - name: main\n', given)
      .replace(
        '            template: work\n    - name: work',
        () =>
          `            template: work\n            arguments: { parameters: [{ name: a, value: ${JSON.stringify(all.join())} }] }\n    - name: work`,
      )
    expect(text).toContain(JSON.stringify(all.join()))
    write({ ...right, 'onboard.yaml': text })
    expect(findings()).toEqual([])
  })

  it('a parameter that only the bot fills in may stand in the text of a manifest', () => {
    const manifest = `      resource: { action: get, manifest: 'a: {{workflow.parameters.namespace}}' }\n`
    write({ ...right, 'onboard.yaml': onboard.replace(container, manifest) })
    expect(findings()).toEqual([])
  })

  it.each(['onboard.yaml', 'cleanup.yaml'] as const)('%s is not there', (file) => {
    write({ ...right })
    rmSync(join(directory, 'sample', file))
    const words = 'the file is missing; every template has an onboard.yaml and a cleanup.yaml'
    expect(findings()).toEqual([`sample/${file}: ${words}`])
  })

  it('a file is no text', () => {
    write({ ...right, 'cleanup.yaml': Buffer.from([0xff, 0xfe, 0x00]) })
    const words = 'the file cannot be read; check that it is a file of UTF-8 text, and its rights'
    expect(findings()).toEqual([`sample/cleanup.yaml: ${words}`])
  })

  it('a folder whose name is no DNS label', () => {
    write(right, 'My Template')
    const words = "the folder's name is no DNS label; use lower-case letters, digits and dashes"
    expect(findings()).toEqual([`My Template: ${words}`])
  })

  it('a link leads nowhere', () => {
    write(right)
    symlinkSync('nowhere', join(directory, 'gone'))
    const words = 'the file is missing; every template has an onboard.yaml and a cleanup.yaml'
    expect(findings()).toEqual(['onboard', 'cleanup'].map((file) => `gone/${file}.yaml: ${words}`))
  })

  it('there is no template at all', () => {
    expect(findings()).toEqual([
      `${directory}: there is no template; add a folder with onboard.yaml and cleanup.yaml`,
    ])
  })
})

it('templates may be links to folders, as a mounted ConfigMap has them', () => {
  write(right, '..data')
  symlinkSync(join('..data'), join(directory, 'mounted'))
  symlinkSync(join('..data', 'onboard.yaml'), join(directory, 'a-file'))
  expect(readTemplates(directory).all.map(({ name }) => name)).toEqual(['mounted'])
})

describe('the process', () => {
  it('prints every finding of every template, and exits 1', () => {
    write({ ...right, 'onboard.yaml': onboard.replace('entrypoint: main', 'entrypoint: mainn') }, 'one')
    write({ 'onboard.yaml': onboard }, 'two')
    const config = join(directory, 'onboard-bot.yml')
    writeFileSync(
      config,
      `installation: acme
channel: C0ONBOARD
credentials: { secret: { name: btp } }
policy: { approve: [S0PLATFORM] }
clusters:
  prod-eu:
    kubernetes: { inCluster: true }
    argo: { url: https://argo.example.com, namespace: shared, serviceAccount: onboard-bot }
    stepsImage: registry.example.com/steps:1
    templates: { one: {}, two: {} }
`,
    )
    const environment = {
      PATH: process.env['PATH'],
      SLACK_BOT_TOKEN: 'xoxb-1-2',
      SLACK_APP_TOKEN: 'xapp-1-2',
      ONBOARD_CONFIG: config,
      TEMPLATES_DIR: directory,
      DATA_DIR: join(directory, '.data'),
    }
    const ended = spawnSync(process.execPath, ['src/main.ts'], {
      env: environment,
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect(ended.stderr.split('\n')).toEqual([
      'The templates cannot be used:',
      `- ${directory}/one/onboard.yaml:12: spec.entrypoint: there is no template "mainn"; did you mean "main"?`,
      `- ${directory}/two/cleanup.yaml: the file is missing; every template has an onboard.yaml and a cleanup.yaml`,
      '',
    ])
    expect(ended.status).toBe(1)
  })
})
