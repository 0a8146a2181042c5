// What every command needs, as one dynamic import of main: the fast paths before it load none of this, and
// one file starts quicker than many.
export {report} from './cli/report.ts'
export {OpsCommand} from './cli/command.ts'
