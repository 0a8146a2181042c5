/** A memory of WebAssembly, which threads may share: it begins at a page, and takes no more than is touched of it. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer
}

/** What is used of the global; Node's types leave it out. */
declare const WebAssembly: {
  Memory: new (of: {initial: number; maximum: number; shared: true}) => SharedMemory
}

const pageBytes = 65_536

/** Undefined where WebAssembly is switched off. */
export function sharedMemory(bytes: number): SharedMemory | undefined {
  const pages = Math.ceil(bytes / pageBytes)
  return typeof WebAssembly === 'undefined'
    ? undefined
    : new WebAssembly.Memory({initial: pages, maximum: pages, shared: true})
}
