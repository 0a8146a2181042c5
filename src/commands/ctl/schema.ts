import {schemaArgs, SchemaCommand} from '../../cli/schema-command.ts'

export default class CtlSchema extends SchemaCommand {
  static override examples = ['<%= config.bin %> schema', '<%= config.bin %> schema task list']
  static override args = schemaArgs
}
