import {defineConfig} from 'vitest/config'

// unit: needs only Node. peers: needs the real servers of `npm run peers:build`, and fails without them.
// soak: the long runs and full race counts, by hand before a release.
export default defineConfig({
  test: {
    projects: [
      {test: {name: 'unit', include: ['test/**/*.test.{ts,tsx}'], exclude: ['test/**/*.peer.test.ts'], testTimeout: 30_000}},
      {test: {name: 'peers', include: ['test/**/*.peer.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, fileParallelism: false}},
      {test: {name: 'soak', include: ['test/**/*.soak.ts'], testTimeout: 3_600_000, hookTimeout: 600_000, fileParallelism: false}},
    ],
  },
})
