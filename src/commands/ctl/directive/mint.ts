import * as Args from '@oclif/core/args'
import {DirectiveCommand, whatFlags} from '../../../cli/directive-command.ts'
import {mintedToken, tokenEnv} from '../../../cli/directive-mint.ts'
import {QuietExit} from '../../../cli/report.ts'
import {mintedView} from '../../../format/views/proxy.ts'

export default class DirectiveMint extends DirectiveCommand {
  static override summary = 'Sign a token that raises the level of the single requests which carry it'
  static override description =
    'The key is a reference in the context (directives.signingKey), never a word of the command. The token is a ' +
    'secret until its end: whoever sees it can use it again, and the proxy forwards it to the upstream cluster ' +
    'unless forward_header_deny names it. -o name prints the token alone. After -- a command gets it by its ' +
    'environment: OPSDECK_DIRECTIVE_TOKEN, and OPSDECK_DIRECTIVE_HEADER ready for curl -H.'
  static override examples = [
    'curl -H "$(<%= config.bin %> directive mint --tenant acme --ring-buffer)" http://127.0.0.1:8080/orders/_doc/1',
    "<%= config.bin %> directive mint --tenant acme --ttl 1m -- sh -c './replay.sh'",
  ]
  static override args = {
    command: Args.string({
      name: 'command', description: 'After --: a command that gets the token by its environment', multiple: true,
      required: false, ignoreStdin: true,
    }),
  }
  static override flags = whatFlags

  async run(): Promise<void> {
    const {args: {command = []}, flags} = await this.parse(DirectiveMint)
    const minted = await mintedToken(await this.settings(), flags, await this.policy(), this.io.clock.nowMs())
    for (const warning of minted.warnings) this.note(`warning: ${warning}`)
    if (command.length === 0) return this.show(mintedView, minted)
    const {runChild} = await import('../../../cli/child.ts')
    const env = {...this.io.env, ...tokenEnv(minted)}
    const child = runChild(command, {env, signals: process, killAfterMs: 5_000, stdin: 'inherit'})
    const failure = await child.failure
    if (failure) this.io.stderr.write(`ctl: ${failure.message}\n`)
    throw new QuietExit(await child.exitCode)
  }
}
