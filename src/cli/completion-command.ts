import {UsageError} from '../clients/net/errors.ts'
import {OpsCommand} from './command.ts'
import {completionScript} from './completion-scripts.ts'
import {shells} from './completion.ts'
import {arg} from './flags.ts'
import {nearest} from '../clients/net/nearest.ts'

/** The plain call is answered in main without loading this; here are its help, its errors and its flags. */
export abstract class CompletionCommand extends OpsCommand {
  static override summary = 'Print the completion script of a shell'
  static override description = 'The script says in its first line where it belongs.'
  static override examples = ['<%= config.bin %> completion bash', 'source <(<%= config.bin %> completion zsh)']
  static override args = {shell: arg('shell', 'bash, zsh, fish or pwsh')}

  async run(): Promise<void> {
    const {args} = await this.parse(CompletionCommand)
    const shell = shells.find(each => each === args.shell)
    if (shell) {
      this.allowFormats('table')
      return this.write(completionScript(shell, this.config.bin))
    }
    const near = nearest(args.shell, shells)
    throw new UsageError(`no completion for "${args.shell}"`, {
      code: 'UNKNOWN_SHELL', hint: near ? `Did you mean: ${near}` : `There are: ${shells.join(', ')}`,
    })
  }
}
