import {spawn} from 'node:child_process'
import {chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {readManifest} from '../src/cli/manifest.ts'
import {cleanEnv} from './helpers/cli.ts'
import {startWorld, type World} from './helpers/command-lines.ts'

const root = join(import.meta.dirname, '..')
const bins = ['tael', 'ctl', 'snap'] as const

const examples = bins.flatMap(bin => Object.values(readManifest(bin).commands).flatMap(command =>
  (command.examples ?? []).map(each => each.replaceAll('<%= config.bin %>', bin))))

/** Those that go on until they are stopped. */
const follows =
  /--follow|tail (traces|logs) -f|wal tail .*-f|wal tap|watch|ctl sandbox( --|$)|--wait|wait .*--for|round|ctl dash$/

/** What an example may end with on the sandbox: all that is not about its words. */
const fine = [0, 2, 4, 5, 6, 7, 8, 9, 11, 12, 130]
/** Wrong on the sandbox only, with the reason. */
const wrongHere: readonly (readonly [RegExp, RegExp])[] = [
  [/^tael (alert create|alert delete|comment add)/, /Name (it|the shard)/],
  [/^tael (wal tail --(from|dir)|wal (stat|inspect))/, /./],
  [/^(tael sql|tael query sql)/, /SQL|engine/i],
  [/^ctl context (previous|use|remove|show prod|validate prod)/, /no context/i],
  [/^EDITOR=vi/, /./],
  // The export script here writes nothing, and ./export is there already.
  [/^snap round /, /wrote no artifact|the folder is there/],
  [/^tael watch .*alert:/, /no alert rule/],
  [/^ctl context set local/, /no context/],
  [/^ctl directive diff .*--exit-code/, /the sets differ/],
  [/^ctl directive explain .*--instance/, /no instance/],
]

let world: World
let folder: string
let env: Record<string, string>
beforeAll(async () => {
  world = await startWorld()
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-examples-'))
  const path = join(folder, 'bin')
  mkdirSync(path)
  const program = (at: string, text: string) => {
    writeFileSync(at, `#!/bin/sh\n${text}\n`)
    chmodSync(at, 0o755)
  }
  for (const bin of bins) program(join(path, bin), `exec "${process.execPath}" "${join(root, 'bin', bin)}.js" "$@"`)
  for (const name of ['pbpaste', 'make', 'curl', 'vi']) program(join(path, name), 'exit 0')
  for (const name of ['optimize.sh', 'replay.sh', 'export-routes.sh', 'job.sh', 'export.sh']) program(
    join(folder, name), 'exit 0',
  )
  writeFileSync(
    join(folder, 'set.json'), '{"directives":[{"id":"a","level":"Off","ttl_secs":60,"tenant":"x","ring_buffer":true}]}',
  )
  writeFileSync(join(folder, 'blob.bin'), Buffer.from([0, 255, 1]))
  const exports = join(dirname(world.env['OPSDECK_CONFIG']!), 'exports')
  cpSync(join(exports, readdirSync(exports)[0]!), join(folder, 'export'), {recursive: true})
  env = cleanEnv({...world.env, PATH: `${path}:${process.env['PATH']}`, TAEL_KEY: 'example'})
})
afterAll(async () => {
  await world.stop()
  rmSync(folder, {recursive: true, force: true})
})

/** Runs a line as a shell would, with a configuration of its own; stopped by Ctrl-C after a while. */
function runLine(line: string, stopAfterMs: number): Promise<{code: number; stderr: string}> {
  const config = join(folder, `config-${Math.random().toString(36).slice(2)}.yaml`)
  writeFileSync(config, readFileSync(world.env['OPSDECK_CONFIG']!), {mode: 0o600})
  const child = spawn('bash', ['-c', line], {
    cwd: folder, env: {...env, OPSDECK_CONFIG: config}, stdio: ['ignore', 'ignore', 'pipe'], detached: true,
  })
  let stderr = ''
  child.stderr.on('data', chunk => (stderr += String(chunk)))
  const stop = setTimeout(() => process.kill(-child.pid!, 'SIGINT'), stopAfterMs)
  return new Promise(resolve => child.once('close', (code, signal) => {
    clearTimeout(stop)
    resolve({code: code ?? (signal === 'SIGINT' ? 130 : 137), stderr})
  }))
}

describe('every example in help runs', () => {
  test.each(examples)('%s', async line => {
    // A script is for the shell it names; that it is printed is tested here, what it does beside the real shells.
    const {code, stderr} = await runLine(
      /^source <\((.*)\)$/.exec(line)?.[1] ?? line, follows.test(line) ? 1_500 : 20_000,
    )
    expect(stderr).not.toMatch(/unexpected:|Did you mean: --|is not a command/)
    const excuse = wrongHere.find(([which, why]) => which.test(line) && why.test(stderr))
    if (!excuse || ![1, 3].includes(code)) {
      expect({line, code, stderr}).toMatchObject({code: expect.toSatisfy((found: number) => fine.includes(found))})
    }
  })
})

test('every command has an example', () => {
  const without = bins.flatMap(bin => Object
    .values(readManifest(bin).commands)
    .filter(each => !each.hidden && !each.examples?.length)
    .map(each => `${bin} ${each.id}`))
  expect(without).toEqual([])
})
