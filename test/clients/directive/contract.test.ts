import {directiveContract} from '../../contract/directive.ts'
import {openSandboxWorld} from '../../contract/directive-worlds.ts'

directiveContract('sandbox proxies with admin endpoints', () => openSandboxWorld('admin'))
directiveContract('sandbox proxies that follow a folder', () => openSandboxWorld('file'))
