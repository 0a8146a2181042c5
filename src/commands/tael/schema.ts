import {schemaArgs, SchemaCommand} from '../../cli/schema-command.ts'

export default class TaelSchema extends SchemaCommand {
  static override examples = ['<%= config.bin %> schema', '<%= config.bin %> schema spans']
  static override args = schemaArgs
}
