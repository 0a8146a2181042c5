import {DirectiveCommand, whatFlags} from '../../../cli/directive-command.ts'
import {mintedToken} from '../../../cli/directive-mint.ts'
import {mintedView} from '../../../format/views/proxy.ts'

export default class DirectiveMint extends DirectiveCommand {
  static override summary = 'Sign a token that raises the level of the single requests which carry it'
  static override description =
    'The key is a reference in the context (directives.signingKey), never a word of the command. The token is a ' +
    'secret until its end: it can be used again by whoever sees it, and the proxy forwards it to the upstream ' +
    'cluster unless forward_header_deny names it. -o name prints the token alone.'
  static override examples = [
    'curl -H "$(<%= config.bin %> directive mint --tenant acme --ring-buffer)" http://127.0.0.1:8080/orders/_doc/1',
    '<%= config.bin %> directive mint --tenant acme --ttl 5m -o json',
  ]
  static override flags = whatFlags

  async run(): Promise<void> {
    const {flags} = await this.parse(DirectiveMint)
    const minted = await mintedToken(await this.settings(), flags, await this.policy(), this.io.clock.nowMs())
    for (const warning of minted.warnings) this.note(`warning: ${warning}`)
    await this.show(mintedView, minted)
  }
}
