import type {Sources} from '../../src/ui/sources.ts'

const nothing = () => Promise.reject(new Error('gone'))

/** Sources of which a case says only what it is about; what is not said fails. */
export const fakeSources = (over: Partial<Sources> = {}): Sources => ({
  facts: {context: 'test', danger: false, readonly: false, version: '1'}, list: [],
  trace: nothing, traceLogs: nothing, taskHistory: nothing, kv: nothing, plan: nothing, contexts: async () => [], switchTo: nothing,
  save: async () => '/saved', close: async () => undefined, ...over,
})
