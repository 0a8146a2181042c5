export {parseStrictJson, type StrictJson} from '../net/strict-json.ts'
