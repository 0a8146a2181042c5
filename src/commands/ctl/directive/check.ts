import {DirectiveCommand} from '../../../cli/directive-command.ts'
import {readInput} from '../../../cli/directive-input.ts'
import {arg} from '../../../cli/flags.ts'
import {checkToken} from '../../../clients/directive/token.ts'
import {Exit} from '../../../clients/net/errors.ts'
import {tokenView} from '../../../format/views/proxy.ts'

export default class DirectiveCheck extends DirectiveCommand {
  static override summary = 'Check an X-Debug-Directive token without a proxy: signature, end, fields, what is ignored'
  static override description =
    'The proxies never say that a token is void. Until its end a token is a secret: hand it over on stdin (-), ' +
    'since everybody on this machine can read the words of a command. Exit 11 when a proxy would not honour it.'
  static override examples = [
    'pbpaste | <%= config.bin %> directive check -',
    '<%= config.bin %> directive check 7b22…7d.cb97…29ed',
  ]
  static override args = {token: arg('token', 'The token, or the whole header; - for stdin')}

  async run(): Promise<void> {
    const {args} = await this.parse(DirectiveCheck)
    const text = args.token === '-' ? await readInput(this.io, '-') : args.token
    const settings = await this.settings()
    const reference = settings.section('directives')?.signingKey
    const key = reference === undefined ? undefined : await settings.secret(reference)
    const report = checkToken(text.trim().replace(/^x-debug-directive:\s*/i, ''), key, this.io.clock.nowMs())
    await this.show(tokenView, report)
    if (report.honoured === false) {
      this.leave(Exit.integrity, `a proxy would not honour this token: ${report.faults.join('; ')}`)
    }
  }
}
