import {readdirSync, readFileSync} from 'node:fs'
import {NotFoundError} from '../clients/net/errors.ts'
import {nearest} from '../clients/net/nearest.ts'
import {OpsCommand} from './command.ts'
import {words} from './flags.ts'

/** oclif copies the arguments of the very class it parses for, so each of the three names these. */
export const schemaArgs = {command: words('command', 'The words of the command')}

/** `BIN schema COMMAND`: the JSON schema of what a command prints, as the package carries it. */
export abstract class SchemaCommand extends OpsCommand {
  static override summary = 'Print the JSON schema of what a command prints with -o json or -o jsonl'
  static override description =
    'Without a command: the commands that have one. Members are only ever added within a major version.'

  async run(): Promise<void> {
    const {args} = await this.parse({args: schemaArgs, baseFlags: OpsCommand.baseFlags})
    const {bin} = this.config
    const typed = (args.command as unknown as string[] | undefined) ?? []
    const known = schemaNames(bin)
    if (typed.length === 0) return this.write(known.map(name => `${name}\n`).join(''))
    const named = typed.flatMap(word => word.split(' ')).filter(word => word !== bin)
    const name = named.join(' ')
    if (!known.includes(name)) {
      const near = nearest(name, known)
      throw new NotFoundError(`${bin} ${name} has no schema`, {
        code: 'NO_SCHEMA', hint: near ? `Did you mean: ${bin} schema ${near}` : `Those that have one: ${bin} schema`,
      })
    }
    await this.write(readFileSync(new URL(`${[bin, ...named].join('-')}.json`, folder()), 'utf8'))
  }
}

/** The commands of a bin that have a schema. */
function schemaNames(bin: string): string[] {
  const files = readdirSync(folder()).filter(name => name.startsWith(`${bin}-`))
  return files.map(name => commandOf(name.slice(bin.length + 1, -'.json'.length)))
}

/** `verify-applied` is one word of a command; every other dash stands between two. */
function commandOf(name: string): string {
  return name.replace('verify-applied', 'verify\0applied').replaceAll('-', ' ').replace('\0', '-')
}

/** Chunks of the bundle lie in dist/, the source of this file two folders below the root. */
function folder(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? '../../schemas/' : '../schemas/', import.meta.url)
}
