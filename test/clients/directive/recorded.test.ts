import {afterAll, beforeAll} from 'vitest'
import {recordedAnswers} from '../../contract/directive-recorded.ts'
import {openSandboxWorld} from '../../contract/directive-worlds.ts'
import type {DirectiveWorld} from '../../contract/directive.ts'

let world: DirectiveWorld
beforeAll(async () => void (world = await openSandboxWorld('admin')))
afterAll(() => world.stop())
recordedAnswers('the sandbox', () => world.instances[0]!.name)
