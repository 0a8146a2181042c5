// oclif's own entry, for help and for words that name no command; a dynamic import of CommonJS has no names.
export {run} from '@oclif/core/run'
