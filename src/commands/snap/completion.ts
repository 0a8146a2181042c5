import {CompletionCommand} from '../../cli/completion-command.ts'

export default class Completion extends CompletionCommand {}
