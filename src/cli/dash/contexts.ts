import {loadConfig} from '../context/file.ts'
import {loadSettings, type SettingsInput} from '../context/settings.ts'
import type {OpenTools} from '../open/tools.ts'

/** The contexts that a dashboard may go to. */
export interface Contexts {
  names(): Promise<string[]>
  /** What opening its clients needs. UsageError when there is none of the name, or it cannot be read. */
  tools(name: string): Promise<OpenTools>
}

/** Read anew each time: a context may be added while the dashboard runs. Flags of the command line stay in force. */
export function contextsOf(given: OpenTools, flags: SettingsInput['flags']): Contexts {
  const {env, homeDir} = given.io
  return {
    names: async () => Object.keys((await loadConfig(given.settings.configPath)).config.contexts ?? {}),
    tools: async name => ({...given, settings: await loadSettings({env, homeDir, flags: {...flags, context: name}})}),
  }
}
