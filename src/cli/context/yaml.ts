// A file of its own: YAML is loaded only when there is a configuration, and has no names when imported dynamically.
export {parse, parseDocument} from 'yaml'
