import {describe} from 'vitest'
import {declareRaces, localWorld} from '../../contract/control-table-races.ts'
import {s3World} from './s3-world.ts'

describe('beside the real engine, in a local folder', () => declareRaces(localWorld(20)))
describe('beside the real engine, in a bucket over TLS', () => declareRaces(s3World(10)))
