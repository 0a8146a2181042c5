import {schemaArgs, SchemaCommand} from '../../cli/schema-command.ts'

export default class SnapSchema extends SchemaCommand {
  static override examples = ['<%= config.bin %> schema', '<%= config.bin %> schema list']
  static override args = schemaArgs
}
