import ContextUse from './use.ts'

export default class ContextPrevious extends ContextUse {
  static override summary = 'Go back to the context before the current one'
  static override examples = ['<%= config.bin %> context previous']
  static override args = {} as typeof ContextUse.args

  override async run(): Promise<void> {
    await this.parse(ContextPrevious)
    await this.use('-')
  }
}
