import {randomBytes} from 'node:crypto'
import * as Flags from '@oclif/core/flags'
import {checkName, ContextCommand, makeCurrent, removeContext} from '../../cli/context-command.ts'
import {directiveRecords} from '../../cli/open/directives.ts'
import {removeSandboxState, sandboxStateFile, writeSandboxState} from '../../cli/sandbox-state.ts'
import {temporaryFolder} from '../../cli/temporary.ts'
import type {Sandbox} from '../../sandbox/sandbox.ts'

export default class SandboxRun extends ContextCommand {
  static override summary = 'Run the embedded sandbox until Ctrl-C, and write a context for it'
  static override description =
    "Small servers of our own in this process, on free ports of 127.0.0.1, with the systems'\n"
    + "real protocols: for trying commands and for demonstrations. What it claims is checked against the real ones by "
    + "the same tests.\n"
    + "From another terminal its servers can be broken and mended: ctl sandbox targets, kill, freeze, revive, lead."
  static override examples = ['', ' --use --live', ' --hide shard-b', ' kill tael/shard-a']
    .map(words => `<%= config.bin %> sandbox${words}`)
  static override flags = {
    name: Flags.string({summary: 'Name of the context', default: 'sandbox', helpValue: 'name'}),
    live: Flags.boolean({summary: 'Let telemetry trickle in while it runs, with an incident every two minutes'}),
    use: Flags.boolean({summary: 'Make it the current context while it runs'}),
    hide: Flags.string({
      summary: 'Let the query tier leave this shard out without saying so, as real ones do',
      multiple: true, multipleNonGreedy: true, helpValue: 'shard-a|shard-b',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(SandboxRun)
    this.stopOnSignals()
    const name = checkName(flags.name)
    const stateFile = sandboxStateFile(this.io, name)
    const [{startSandbox}, {parts}, {startControl}] = await Promise.all([
      import('../../sandbox/sandbox.ts'), import('../../sandbox/parts.ts'), import('../../sandbox/control.ts'),
    ])
    const folder = await temporaryFolder('opsdeck-sandbox-')
    const sandbox = await startSandbox(parts, {
      dir: folder.path, nowMs: () => this.io.clock.nowMs(), hide: flags.hide ?? [], live: flags.live,
      recordFolder: directiveRecords(this.io),
    })
    const token = randomBytes(24).toString('hex')
    const control = await startControl(sandbox.targets, token)
    try {
      await writeSandboxState(stateFile, {url: control.url, token, pid: this.io.pid})
      await this.#announce(name, sandbox, flags.use)
      await this.untilStopped()
    } finally {
      const isOurs = await removeSandboxState(stateFile, this.io.pid)
      await control.stop()
      await sandbox.stop()
      if (isOurs) await this.edit(document => removeContext(document, name))
      await folder.remove()
    }
  }

  async #announce(name: string, {context, lines}: Sandbox, isCurrent: boolean): Promise<void> {
    const path = await this.edit(document => {
      document.setIn(['contexts', name], document.createNode(context))
      if (isCurrent) makeCurrent(document, name)
    })
    await this.write(`${lines.join('\n')}\n`)
    this.note(`context ${name} written to ${path}; try: tael -c ${name} traces`)
    this.note('Ctrl-C ends it')
  }
}
