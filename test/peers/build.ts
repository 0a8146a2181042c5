// Builds every real peer once, one after the other, into the cache folder (see README.md here).
import {spawnSync} from 'node:child_process'
import {mkdirSync, readdirSync, existsSync} from 'node:fs'
import {join} from 'node:path'
import {peersCache} from './cache.ts'

const here = import.meta.dirname
const wanted = process.argv.slice(2)
mkdirSync(peersCache, {recursive: true})
const systems = readdirSync(here).filter(name => existsSync(join(here, name, 'build.sh'))).sort()
for (const system of wanted.length > 0 ? wanted : systems) {
  const startedAt = Date.now()
  const {status} = spawnSync('bash', [join(here, system, 'build.sh')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {...process.env, OPSDECK_PEERS_CACHE: peersCache},
  })
  if (status !== 0) {
    console.error(`${system}: build failed with ${status}`)
    process.exit(1)
  }
  console.error(`${system}: ready (${Math.round((Date.now() - startedAt) / 1000)} s)`)
}
