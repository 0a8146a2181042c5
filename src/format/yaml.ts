import {escapeControl} from './escape.ts'

/** YAML of plain data. Texts that a terminal could act on are written as double-quoted escapes. */
export async function toYaml(value: unknown): Promise<string> {
  const {stringify} = await import('yaml')
  const plain = stringify(value, {aliasDuplicateObjects: false, lineWidth: 0})
  return hasControl(plain)
    ? quoteControl(stringify(value, {aliasDuplicateObjects: false, lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE'}))
    : plain
}

const hasControl = (text: string): boolean => text.split('\n').some(line => escapeControl(line) !== line)
const quoteControl = (text: string): string => text.split('\n').map(line => escapeControl(line)).join('\n')
