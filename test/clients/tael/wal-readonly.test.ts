import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'

const src = join(import.meta.dirname, '../../../src')
const files = readdirSync(src, {recursive: true, encoding: 'utf8'}).filter(name => name.endsWith('.ts'))
const naming = (words: RegExp, within = /./) =>
  files.filter(name => within.test(name) && words.test(readFileSync(join(src, name), 'utf8'))).sort()

test('only the tap, which receives, knows the route that a leader ships its WAL to', () => {
  const outsideSandbox = naming(/internal\/wal\/records/).filter(name => !name.startsWith('sandbox/'))
  expect(outsideSandbox).toEqual(['clients/tael/wal-tap.ts'])
  expect(readFileSync(join(src, 'clients/tael/wal-tap.ts'), 'utf8')).not.toMatch(/\bfetch\(|createHttp|request\(\{/)
})

test('what reads the WAL directory imports nothing that could write to it', () => {
  const reading = /^clients\/tael\/(wal-|walrus-)/
  expect(naming(
    /writeFile|appendFile|mkdir|rename|unlink|truncate|utimes|O_WRONLY|O_RDWR|O_CREAT|node:child_process/, reading,
  )).toEqual([])
  expect(naming(/from 'node:fs/, reading)).toEqual(['clients/tael/wal-directory.ts', 'clients/tael/walrus-folder.ts'])
})
