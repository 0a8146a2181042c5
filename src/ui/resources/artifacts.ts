import {artifactView} from '../../format/views/artifact.ts'
import type {Artifact} from '../model.ts'
import {resource, shellWord} from '../resource.ts'

export const artifacts = resource<Artifact>('artifacts', ['artifact', 'snaps', 'ar'], {
  source: 'artifacts', view: () => artifactView, key: each => each.key, fault: each => each.state !== 'ok',
  command: each => (each ? `snap show ${shellWord(each.key)}` : 'snap list'),
})
