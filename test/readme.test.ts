import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {parts} from '../src/sandbox/parts.ts'
import {startSandbox, type Sandbox} from '../src/sandbox/sandbox.ts'
import {cleanEnv, run, runBin} from './helpers/cli.ts'
import {Exit} from '../src/clients/net/errors.ts'
import {tmpdir} from 'node:os'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = [...readme.matchAll(/```sh\n([^]*?)```/g)].map(match => match[1]!)
const lines = blocks
  .flatMap(block => block.split('\n'))
  .map(line => line.replace(/\s+#.*$/, '').trim())
  .filter(line => line && !line.startsWith('#'))

let sandbox: Sandbox
let home: string
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'opsdeck-readme-'))
  sandbox = await startSandbox(parts, {
    dir: home, nowMs: () => Date.now(), hide: [], recordFolder: join(home, 'opsdeck/directives'),
  })
  const config = {current: 'sandbox', contexts: {sandbox: sandbox.context}}
  writeFileSync(join(home, 'config.yaml'), JSON.stringify(config), {mode: 0o600})
})
afterAll(async () => {
  await sandbox.stop()
  rmSync(home, {recursive: true, force: true})
})

describe('the README', () => {
  it('begins with the two commands of a fresh machine', () => {
    expect(lines.slice(0, 2)).toEqual(['npm ci && npm start', 'npm ci && npm test'])
  })

  it.each(lines.filter(line => /^(tael|ctl|snap) /.test(line)))('%s', async line => {
    const env = {
      OPSDECK_CONFIG: join(home, 'config.yaml'), XDG_STATE_HOME: home,
      PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`,
    }
    // The words as they stand, with the built bins for the names.
    const shell = line.replace(/^(tael|ctl|snap) /, (_, bin: string) => `node '${join(root, 'bin', bin)}.js' `)
    const ran = await run('sh', ['-c', shell], {env: {...cleanEnv(), ...env}, cwd: home})
    const isCheck = line.includes('validate')
    expect({line, code: isCheck && ran.code === Exit.unreachable ? 0 : ran.code, stderr: ran.stderr}).toMatchObject({
      code: 0,
    })
  })

  it('shows a picture that the command draws', async () => {
    const drawn = await runBin('tael', ['trace', '35f76ceff3c810b2049457e1371ebd87', '--width', '100'], {
      env: {OPSDECK_CONFIG: join(home, 'config.yaml')},
    })
    const shown = /--width 100\n([^]*?)```/.exec(readme)![1]!
    const withoutTime = (text: string) => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    expect(withoutTime(shown)).toBe(withoutTime(drawn.stdout))
  })

  it('lists every exit code', () => {
    for (const code of Object.values(Exit)) expect(readme).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'))
  })
})
