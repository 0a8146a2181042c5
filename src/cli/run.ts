// A file of its own, so that the fast paths of main load no oclif; a dynamic import of CommonJS has no names.
export {run} from '@oclif/core/run'
