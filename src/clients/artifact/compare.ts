import type {Manifest} from './manifest.ts'

export interface FileDifference {
  path: string
  change: 'added' | 'removed' | 'changed'
  beforeBytes: bigint | undefined
  afterBytes: bigint | undefined
}

/** The files in which two artifacts differ, by path; a file is changed when its digest is another. */
export function differences(before: Manifest, after: Manifest): FileDifference[] {
  const old = new Map(before.files.map(file => [file.path, file]))
  const now = new Map(after.files.map(file => [file.path, file]))
  return [...new Set([...old.keys(), ...now.keys()])].toSorted().flatMap(path => {
    const [a, b] = [old.get(path), now.get(path)]
    if (a?.blake3 === b?.blake3) return []
    const change = a === undefined ? 'added' as const : b === undefined ? 'removed' as const : 'changed' as const
    return [{path, change, beforeBytes: a?.sizeBytes, afterBytes: b?.sizeBytes}]
  })
}
