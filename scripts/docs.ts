// Writes docs/reference/*.md and docs/man/*.1 from the built manifests; `--check` only says what is stale.
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {helpTopics} from '../src/cli/help-topics.ts'
import {helpText, type HelpSource} from '../src/cli/help.ts'
import {readManifest, type Manifest, type ManifestCommand, type ManifestFlag} from '../src/cli/manifest.ts'
import {about, pjson} from '../src/main.ts'

type Bin = 'tael' | 'ctl' | 'snap'

const root = fileURLToPath(new URL('..', import.meta.url))
const width = 100

/** Every generated file: path below the root, and its text. */
export function documents(): Map<string, string> {
  const files = new Map<string, string>()
  for (const bin of ['tael', 'ctl', 'snap'] as const) {
    const manifest = readManifest(bin)
    const source = {bin, manifest, topics: pjson(bin).oclif.topics, about: about[bin], width}
    files.set(`docs/reference/${bin}.md`, reference(source))
    files.set(`docs/man/${bin}.1`, binPage(source))
  }
  const topics = Object.values(helpTopics).map(text => `\`\`\`\n${text.trimEnd()}\n\`\`\`\n`)
  files.set('docs/reference/topics.md', `# Help topics\n\nAs \`ctl help TOPIC\` prints them.\n\n${topics.join('\n')}`)
  return files
}

const visible = (manifest: Manifest) =>
  Object.values(manifest.commands).filter(each => !each.hidden).sort((a, b) => (a.id < b.id ? -1 : 1))
const wordsOf = (bin: Bin, {id}: ManifestCommand) => [bin, ...id.split(':')].join(' ')

function reference(source: HelpSource): string {
  const commands = visible(source.manifest)
  const rows = commands.map(each => {
    const words = wordsOf(source.bin, each)
    return `| [\`${words}\`](#${words.replaceAll(' ', '-')}) | ${each.summary} |`
  })
  const parts = commands.map(
    each => `## ${wordsOf(source.bin, each)}\n\n\`\`\`\n${helpText(source, each.id.split(':'))!.trimEnd()}\n\`\`\`\n`,
  )
  return [
    `# ${source.bin}`, '', source.about, '', '| command | what it does |', '| --- | --- |', ...rows, '', ...parts,
  ].join('\n')
}

/** A man page is roff: a dot or quote that begins a line, backslashes and hyphens have meanings of their own. */
const roff = (text: string) => text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^([.'])/gm, '\\&$1')
  .replaceAll(/[^\x00-\x7f]/gu, each => `\\[u${each.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`)

function page(name: string, title: string, sections: [heading: string, body: string][]): string {
  const head =
    `.TH "${roff(name.toUpperCase())}" "1" "" "opsdeck" "opsdeck"\n.SH NAME\n${roff(name)} \\- ${roff(title)}\n`
  return head
    + sections.filter(([, body]) => body).map(([section, body]) => `.SH ${section}\n${body.trimEnd()}\n`).join('')
}

/** One page a bin: every command with its own flags, and once those that all have. */
function binPage({bin, manifest, about}: HelpSource): string {
  const commands = visible(manifest)
  const shared = Object.values(commands[0]!.flags).filter(isShared)
  return page(bin, about, [
    ['SYNOPSIS', `.B ${bin}\nCOMMAND [flags]`],
    ['COMMANDS', commands.map(each => commandSection(bin, each)).join('\n')],
    ['FLAGS OF ALL COMMANDS', shared.map(flagEntry).join('\n')],
    ['EXIT STATUS', exitStatus],
    ['FILES', roff(
      '$XDG_CONFIG_HOME/opsdeck, $XDG_STATE_HOME/opsdeck, $XDG_CACHE_HOME/opsdeck; nothing is written anywhere else.',
    )],
    ['SEE ALSO', roff(`${bin} COMMAND --help; ${bin} help exit-codes, environment, formatting, time, contexts`)],
  ])
}

const isShared = ({helpGroup = ''}: ManifestFlag) => ['OUTPUT', 'CONNECTION'].includes(helpGroup)

const exitStatus = roff('0 ok, 1 failure, 2 nothing found, 3 wrong words, 4 unreachable, 5 unauthorized, '
  + '6 an --exit-on condition was met, 7 conflict, 8 timed out waiting, 9 partial, 10 lease lost, 11 integrity, '
  + '12 refused by policy. 125, 126 and 127 are failures of exec itself.')

function commandSection(bin: Bin, command: ManifestCommand): string {
  const args = Object.values(command.args)
  const usage = command.usage ? `${bin} ${command.usage}`
    : [
      wordsOf(bin, command),
      ...args.map(each => (each.required ? each.name.toUpperCase() : `[${each.name.toUpperCase()}]`)), '[flags]',
    ].join(' ')
  const examples = (command.examples ?? []).map(
    each => `.PP\n.EX\n${roff(each.replaceAll('<%= config.bin %>', bin))}\n.EE`,
  )
  const argumentList = args.map(each => `.TP\n.B ${roff(each.name.toUpperCase())}\n${roff(each.description ?? '')}`)
  const own = Object.values(command.flags).filter(each => !each.hidden && !isShared(each))
  const description = roff(command.description ?? '').replaceAll('\n\n', '\n.PP\n')
  return [
    `.SS "${roff(usage)}"`, roff(command.summary ?? ''), ...(description ? ['.PP', description] : []), ...argumentList,
    ...own.map(flagEntry), ...examples,
  ].join('\n')
}

function flagEntry(flag: ManifestFlag): string {
  const short = flag.char ? `-${flag.char}, ` : ''
  const value = flag.type === 'boolean'
    ? ''
    : ` ${[flag.helpValue ?? flag.options?.join('|') ?? flag.name].flat().join(' ')}`
  const facts = [flag.required ? 'required' : '', flag.env ? `environment: ${flag.env}` : ''].filter(Boolean).join('; ')
  const text = `${flag.summary ?? ''}${facts ? ` (${facts})` : ''}`
  return `.TP\n.B ${roff(`${short}--${flag.name}${value}`)}\n${roff(text)}`
}

/** What differs between the files that are there and what would be written. */
export function stale(): string[] {
  const wanted = documents()
  const found = ['docs/reference', 'docs/man'].flatMap(folder => {
    try {
      return readdirSync(join(root, folder)).map(name => `${folder}/${name}`)
    } catch {
      return []
    }
  })
  const differs = (path: string) => {
    try {
      return readFileSync(join(root, path), 'utf8') !== wanted.get(path)
    } catch {
      return true
    }
  }
  return [...[...wanted.keys()].filter(differs), ...found.filter(path => !wanted.has(path))].sort()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv.includes('--check')) {
    const old = stale()
    for (const path of old) console.error(`stale: ${path}`)
    process.exitCode = old.length > 0 ? 1 : 0
  } else {
    const wanted = documents()
    for (const folder of ['docs/reference', 'docs/man']) rmSync(join(root, folder), {recursive: true, force: true})
    for (const [path, text] of wanted) {
      mkdirSync(dirname(join(root, path)), {recursive: true})
      writeFileSync(join(root, path), text)
    }
  }
}
