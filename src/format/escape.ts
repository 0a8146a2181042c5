/**
 * Makes server data safe to show: control characters (C0, DEL, C1), line separators and bidirectional
 * overrides become visible escapes, so that no answer can move the cursor, recolour or reorder the screen.
 */
export function escapeControl(text: string): string {
  return unsafe.test(text) ? text.replace(unsafeAll, escapeOne) : text
}

const unsafeClass = '[\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]'
const unsafe = new RegExp(unsafeClass)
const unsafeAll = new RegExp(unsafeClass, 'g')
const short: Record<string, string> = {'\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e'}

function escapeOne(char: string): string {
  return short[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** The same for JSON text, whose own escaping leaves DEL, C1 and bidirectional overrides as they are. */
export function escapeJsonText(json: string): string {
  return rawInJson.test(json) ? json.replace(rawInJsonAll, escapeOne) : json
}

const rawInJson = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/
const rawInJsonAll = new RegExp(rawInJson.source, 'g')
