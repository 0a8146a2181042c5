/**
 * Each thing that is not the very object from before, with what it was then. Two readings mostly list the same in the
 * same order, so each is first looked for at its old place; an index is made only when one is not there.
 */
export function pairs<T>(
  before: readonly T[], now: readonly T[], key: (item: T) => string,
): (readonly [was: T | undefined, is: T])[] {
  let index: Map<string, T> | undefined
  const indexed = (name: string) => {
    index ??= new Map(before.map(each => [key(each), each]))
    return index.get(name)
  }
  const found: (readonly [T | undefined, T])[] = []
  for (const [at, item] of now.entries()) {
    const near = before[at]
    if (near === item) continue
    const name = key(item)
    found.push([near !== undefined && key(near) === name ? near : indexed(name), item])
  }
  return found
}
