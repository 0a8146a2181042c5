// What every command needs, as one dynamic import of main: the fast paths before it load none of this, and
// one file starts quicker than many.
export {OpsCommand} from './cli/command.ts'
export {helpText} from './cli/help.ts'
export {helpTopics} from './cli/help-topics.ts'
export {readManifest} from './cli/manifest.ts'
export {report} from './cli/report.ts'
export {unknownCommand} from './cli/suggest.ts'
