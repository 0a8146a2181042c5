/** Plain state outside React: replaced whole, told to whoever listens. */
export interface Store<S> {
  get(): S
  update(change: (state: S) => S): void
  subscribe(listener: () => void): () => void
}

export function createStore<S>(initial: S): Store<S> {
  let state = initial
  const listeners = new Set<() => void>()
  return {
    get: () => state,
    update(change) {
      const next = change(state)
      if (Object.is(next, state)) return
      state = next
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** A selector that computes anew only when what it rests on is another object than last time. */
export function memoised<D extends readonly unknown[], R>(compute: (...on: D) => R): (...on: D) => R {
  let last: {on: D; result: R} | undefined
  return (...on) => {
    if (last && last.on.every((each, at) => Object.is(each, on[at]))) return last.result
    last = {on, result: compute(...on)}
    return last.result
  }
}
