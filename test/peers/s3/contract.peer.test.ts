import {artifactContract} from '../../contract/artifact.ts'
import {crate} from './crate.ts'

artifactContract({
  imports: async (url, key, destination) => (await crate('import', url, key, destination))['ok'] === true,
  verifies: async dir => (await crate('verify', dir))['ok'] === true,
})
