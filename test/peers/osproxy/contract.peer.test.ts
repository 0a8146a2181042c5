import {directiveContract} from '../../contract/directive.ts'
import {openRealWorld} from './worlds.ts'

directiveContract('osproxy 1.0.5 with admin endpoints', () => openRealWorld('admin'))
directiveContract('osproxy 1.0.5 with etcd', () => openRealWorld('etcd'))
