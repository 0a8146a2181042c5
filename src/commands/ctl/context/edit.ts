import {ContextCommand} from '../../../cli/context-command.ts'
import {editInEditor} from '../../../cli/context/editor.ts'

export default class ContextEdit extends ContextCommand {
  static override summary = 'Open the configuration in $EDITOR; it is checked before it takes effect'
  static override examples = ['EDITOR=vi <%= config.bin %> context edit']

  async run(): Promise<void> {
    await this.parse(ContextEdit)
    const path = await this.makeFile()
    this.note(await editInEditor(path, this.io) ? `${path} changed` : `${path} is as it was`)
  }
}
