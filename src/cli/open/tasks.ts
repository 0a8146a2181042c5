import type {ControlTableClient} from '../../clients/control-table/client.ts'
import {UsageError} from '../../clients/net/errors.ts'
import {contextWords, operatorAtHost, type OpenTools} from './tools.ts'

export interface TasksChoice {
  /** Instead of the context's. */
  uri?: string
  fence?: boolean
}

/** The client of the context's control table. UsageError when nothing says where it is. */
export async function openTasks(tools: OpenTools, choice: TasksChoice = {}): Promise<ControlTableClient> {
  const {settings, io} = tools
  const section = choice.uri === undefined ? settings.require('tasks') : {...settings.section('tasks'), uri: choice.uri}
  const [{ControlTableClient}, {openStore}] = await Promise.all([
    import('../../clients/control-table/client.ts'), import('../../clients/control-table/open.ts'),
  ])
  const {uri, region, endpoint, profile, pathStyle} = section
  if (!uri) throw new UsageError('the context does not say where the tasks are', {
    hint: 'Set tasks.uri, or SCOUTER_STORAGE_URI.',
  })
  tools.trace(`tasks in ${uri}${contextWords(settings)}`)
  const store = await openStore({
    uri, region, endpoint, profile, pathStyle, timeoutMs: tools.timeoutMs, connectTimeoutMs: tools.connectTimeoutMs,
  })
  return new ControlTableClient({
    store, fence: choice.fence ?? section.fence === true, clock: io.clock,
    author: {tool: `opsdeck/${tools.version}`, operator: operatorAtHost(io), reason: tools.reason},
    warn: text => tools.note(`warning: ${text}`),
  })
}
