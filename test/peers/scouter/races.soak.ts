import {describe} from 'vitest'
import {declareRaces, localWorld} from '../../contract/control-table-races.ts'

describe('beside the real engine, in a local folder', () => declareRaces(localWorld(200)))
