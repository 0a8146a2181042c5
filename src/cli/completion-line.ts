/** The words of a command line up to the cursor, as bash reads them, without expanding anything. */
export interface CommandLine {
  /** Without the bin itself; the last one is what the cursor stands in, '' after a space. */
  words: string[]
  /** How many characters of the last word bash takes for another word, because it breaks words at = and :. */
  cut: number
}

/** Reads quotes and backslashes; a quote that is still open holds the rest. */
export function readCommandLine(line: string, breaks: string): CommandLine {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  let isQuoted = false
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at]!
    if (quote) {
      if (char === quote) quote = ''
      else word += quote === '"' && char === '\\' && /["\\$`]/.test(line[at + 1] ?? '') ? line[at += 1]! : char
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
      isQuoted = false
    } else if (char === '"' || char === "'") {
      quote = char
      isQuoted = true
      word ??= ''
    } else word = (word ?? '') + (char === '\\' ? line[at += 1] ?? '' : char)
  }
  words.push(word ?? '')
  return {words: words.slice(1), cut: isQuoted ? 0 : lastBreak(word ?? '', breaks)}
}

/** Just behind the last = or : of the word, when bash breaks words there. */
function lastBreak(word: string, breaks: string): number {
  return Math.max(0, ...['=', ':'].filter(each => breaks.includes(each)).map(each => word.lastIndexOf(each) + 1))
}
