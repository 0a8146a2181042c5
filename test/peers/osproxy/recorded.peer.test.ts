import {afterAll, beforeAll} from 'vitest'
import {recordedAnswers} from '../../contract/directive-recorded.ts'
import {openRealWorld, type RealWorld} from './worlds.ts'

let world: RealWorld
beforeAll(async () => void (world = await openRealWorld('admin')))
afterAll(() => world.stop())
recordedAnswers('osproxy 1.0.5', () => world.instances[0]!.name)
