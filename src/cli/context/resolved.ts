import {isSecretKey} from './keys.ts'
import {isReference} from './secrets.ts'
import {systems} from './schema.ts'
import type {Settings} from './settings.ts'

/** Every value that a run would use, with its origin, in the order of the sections. */
export function resolvedKeys(settings: Settings): {key: string; value: string; origin: string}[] {
  const name = settings.context?.name
  const rows: {key: string; value: string; origin: string}[] = []
  for (const key of ['danger', 'readonly'] as const) {
    const inContext = settings.context?.data[key] === settings[key]
    if (settings[key] || inContext) {
      rows.push({key, value: String(settings[key]), origin: inContext ? `context ${name}` : 'flag or environment'})
    }
  }
  for (const system of systems) {
    for (const [key, value] of Object.entries(settings.section(system) ?? {})) {
      for (const [path, text] of leaves(`${system}.${key}`, value)) {
        rows.push({key: path, value: shown(path, text), origin: settings.origin(`${system}.${key}`) ?? 'default'})
      }
    }
  }
  return rows
}

/** A secret that stands in the file in the open, against the rules, is still not shown. */
function shown(key: string, text: string): string {
  if (isSecretKey(key) && !isReference(text)) return '(hidden: not a reference)'
  return text.replaceAll(/(\w:\/\/[^\s/?#@:]*):[^\s/?#@]*@/g, '$1:***@')
}

function leaves(path: string, value: unknown): [string, string][] {
  if (Array.isArray(value)) return [[path, value.join(',')]]
  if (typeof value !== 'object' || value === null) return [[path, String(value)]]
  return Object.entries(value).flatMap(([key, each]) => leaves(`${path}.${key}`, each))
}
