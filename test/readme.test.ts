import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Shard} from '../src/sandbox/tael/store.ts'
import {seedRecords} from '../src/sandbox/tael/seed.ts'
import {serveTael, type TaelServer} from '../src/sandbox/tael/server.ts'
import {cleanEnv, run, runBin} from './helpers/cli.ts'
import {Exit} from '../src/clients/net/errors.ts'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = [...readme.matchAll(/```sh\n([^]*?)```/g)].map(match => match[1]!)
const lines = blocks.flatMap(block => block.split('\n')).map(line => line.replace(/\s+#.*$/, '').trim()).filter(line => line && !line.startsWith('#'))

let server: TaelServer
let home: string
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'opsdeck-readme-'))
  const store = new Shard()
  store.add(seedRecords(Date.now()))
  server = await serveTael(store, () => Date.now())
})
afterAll(async () => {
  await server.close()
  rmSync(home, {recursive: true, force: true})
})

describe('the README', () => {
  it('begins with the two commands of a fresh machine', () => {
    expect(lines.slice(0, 2)).toEqual(['npm ci && npm start', 'npm ci && npm test'])
  })

  it.each(lines.filter(line => /^(tael|ctl|snap) /.test(line)))('%s', async line => {
    const env = {
      OPSDECK_CONFIG: join(home, 'config.yaml'), OPSDECK_TAEL_URL: server.url,
      PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`,
    }
    // The words as they stand, with the built bins for the names.
    const shell = line.replace(/^(tael|ctl|snap) /, (_, bin: string) => `node '${join(root, 'bin', bin)}.js' `)
    const ran = await run('sh', ['-c', shell], {env: {...cleanEnv(), ...env}})
    const isCheck = line.includes('validate')
    expect({line, code: isCheck && ran.code === Exit.unreachable ? 0 : ran.code, stderr: ran.stderr}).toMatchObject({code: 0})
  })

  it('shows a picture that the command draws', async () => {
    const drawn = await runBin('tael', ['trace', '35f76ceff3c810b2049457e1371ebd87', '--width', '100', '--server', server.url])
    const shown = /--width 100\n([^]*?)```/.exec(readme)![1]!
    const withoutTime = (text: string) => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    expect(withoutTime(shown)).toBe(withoutTime(drawn.stdout))
  })

  it('lists every exit code', () => {
    for (const code of Object.values(Exit)) expect(readme).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'))
  })
})
