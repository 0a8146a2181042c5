// A file of its own: a dynamic import of CommonJS has no names in the bundle, a static one does.
export {Client, Pool} from 'undici'
