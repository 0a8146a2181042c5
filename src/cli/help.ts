import type {Bin} from '../boot.ts'
import type {Manifest, ManifestCommand, ManifestFlag} from './manifest.ts'

export interface HelpSource {
  bin: Bin
  manifest: Manifest
  /** One line on each folder of commands. */
  topics: Record<string, {description: string}>
  /** What the bin is for. */
  about: string
  /** Columns to wrap at. */
  width: number
}

/** Help of the bin, of a folder of commands, or of one command; undefined when the words name none of them. */
export function helpText(source: HelpSource, path: readonly string[]): string | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const command = source.manifest.commands[path.slice(0, length).join(':')]
    if (command) return commandHelp(source, command)
  }
  const inside = visible(source.manifest).filter(each => path.every((word, at) => each.id.split(':')[at] === word))
  if (inside.length === 0 && path.length > 0) return undefined
  return listHelp(source, path, inside)
}

const visible = (manifest: Manifest): ManifestCommand[] => Object.values(manifest.commands).filter(each => !each.hidden)

function listHelp(source: HelpSource, path: readonly string[], inside: ManifestCommand[]): string {
  const depthOf = (each: ManifestCommand) => each.id.split(':').length
  const here = inside.filter(each => depthOf(each) === path.length + 1)
  const deeper = inside.filter(each => depthOf(each) > path.length + 1)
  const below = new Set(deeper.map(each => each.id.split(':')[path.length]!))
  const title = path.length === 0 ? source.about : source.topics[path.join(':')]?.description
  const rows = [
    ...here.map(each => [each.id.split(':').at(-1)!, each.summary ?? ''] as const),
    ...[...below].filter(name => !here.some(each => each.id.split(':').at(-1) === name))
      .map(name => [`${name} …`, source.topics[[...path, name].join(':')]?.description ?? ''] as const),
  ].sort((a, b) => (a[0] < b[0] ? -1 : 1))
  const prefix = [source.bin, ...path].join(' ')
  return [
    title ?? prefix,
    '',
    `USAGE\n  $ ${prefix} COMMAND [flags]`,
    '',
    `COMMANDS\n${columns(rows, source.width)}`,
    '',
    `${source.bin} COMMAND --help shows examples and flags`
    + `${path.length === 0 ? '; help topics: exit-codes, environment, formatting, time, contexts' : ''}.`,
    '',
  ].join('\n')
}

function commandHelp(source: HelpSource, command: ManifestCommand): string {
  const words = [source.bin, ...command.id.split(':')].join(' ')
  const parts = [command.summary ?? words, '']
  if (command.examples?.length) {
    const examples = command.examples.map(each => each.replaceAll('<%= config.bin %>', source.bin))
    parts.push('EXAMPLES', ...examples.map(each => `  $ ${each}`), '')
  }
  const args = Object.values(command.args)
  const argWords = args.map(each => (each.required ? each.name.toUpperCase() : `[${each.name.toUpperCase()}]`))
  const usage = command.usage ? `${source.bin} ${command.usage}` : [words, ...argWords, '[flags]'].join(' ')
  parts.push('USAGE', `  $ ${usage}`, '')
  if (args.length > 0) {
    const described = args.map(each => [each.name.toUpperCase(), each.description ?? ''] as const)
    parts.push('ARGUMENTS', columns(described, source.width), '')
  }
  if (command.description) parts.push(...command.description.split('\n').flatMap(each => wrap(each, source.width)), '')
  for (const [title, flags] of groups(command)) {
    parts.push(title, columns(flags.map(flag => [flagName(flag), flagText(flag)] as const), source.width), '')
  }
  return parts.join('\n')
}

/** The command's own flags first, what every command has last. */
const order = ['FLAGS', 'WINDOW', 'FILTER', 'PICTURE', 'CHANGE', 'OUTPUT', 'CONNECTION']

function groups(command: ManifestCommand): [string, ManifestFlag[]][] {
  const byGroup = new Map<string, ManifestFlag[]>()
  for (const flag of Object.values(command.flags).filter(each => !each.hidden)) {
    const group = flag.helpGroup ?? 'FLAGS'
    byGroup.set(group, [...(byGroup.get(group) ?? []), flag])
  }
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : 1.5)
  return [...byGroup].sort((a, b) => place(a[0]) - place(b[0]))
}

function flagName(flag: ManifestFlag): string {
  const short = flag.char ? `-${flag.char}, ` : '    '
  const value = flag.type === 'boolean' ? '' : ` ${valueName(flag)}`
  return `${short}--${flag.name}${value}`
}

function valueName(flag: ManifestFlag): string {
  const {helpValue, options} = flag
  if (typeof helpValue === 'string') return helpValue.toUpperCase() === helpValue ? helpValue : `<${helpValue}>`
  return options && options.join('|').length < 24 ? options.join('|') : `<${flag.name}>`
}

function flagText(flag: ManifestFlag): string {
  const facts: string[] = []
  const shown = flag.defaultHelp ?? flag.default
  if (shown !== undefined && shown !== false && typeof shown !== 'object') facts.push(`default ${String(shown)}`)
  if (flag.required) facts.push('required')
  if (flag.multiple) facts.push('may be repeated')
  const text = flag.summary ?? flag.description ?? ''
  return facts.length > 0 ? `${text} (${facts.join(', ')})` : text
}

/** Two columns, the second wrapped; a long first one gets a line of its own. */
function columns(rows: readonly (readonly [string, string])[], width: number): string {
  const left = Math.min(34, Math.max(...rows.map(([name]) => name.length)))
  return rows.flatMap(([name, text]) => {
    const lines = wrap(text, Math.max(24, width - left - 4))
    const first = name.length > left ? [`  ${name}`] : []
    return [
      ...first,
      ...lines.map((each, at) => `  ${(at === 0 && first.length === 0 ? name : '').padEnd(left)}  ${each}`.trimEnd()),
    ]
  }).join('\n')
}

function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}
