import {stringify} from 'yaml'
import {escapeControl} from './escape.ts'

/** YAML of plain data. Texts that a terminal could act on are written as double-quoted escapes. */
export function toYaml(value: unknown): string {
  const plain = stringify(value, options)
  return hasControl(plain)
    ? quoteControl(stringify(value, {...options, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE'}))
    : plain
}

const options = {aliasDuplicateObjects: false, lineWidth: 0} as const

const hasControl = (text: string): boolean => text.split('\n').some(line => escapeControl(line) !== line)
const quoteControl = (text: string): string => text.split('\n').map(line => escapeControl(line)).join('\n')
