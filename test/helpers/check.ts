import fc from 'fast-check'

// A fixed number of runs keeps the suite's length the same; a failure prints its seed.
fc.configureGlobal({numRuns: 200})

export {fc}
