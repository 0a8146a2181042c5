import {existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {binPath} from '../../helpers/cli.ts'
import {openShell, type Terminal} from './terminal.ts'

const load = {
  bash: 'source <(ctl completion bash); source <(tael completion bash)',
  zsh: 'autoload -Uz compinit; compinit -D -u; source <(ctl completion zsh); source <(tael completion zsh)',
  fish: 'ctl completion fish | source; tael completion fish | source',
}

describe.each(['bash', 'zsh', 'fish'] as const)('Tab in %s', shell => {
  let dir: string
  let terminal: Terminal
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'opsdeck-shell-'))
    mkdirSync(join(dir, 'bin'))
    for (const bin of ['tael', 'ctl'] as const) symlinkSync(binPath(bin), join(dir, 'bin', bin))
    const bad = `$(touch ${dir}/evaluated) x`
    writeFileSync(join(dir, 'config.yaml'), `contexts:\n  production: {}\n  ${JSON.stringify(bad)}: {}\n`, {
      mode: 0o600,
    })
    writeFileSync(join(dir, 'segment.bin'), '')
    terminal = openShell(shell, {
      HOME: dir, OPSDECK_CONFIG: join(dir, 'config.yaml'),
      PATH: `${join(dir, 'bin')}:${dirname(process.execPath)}:${process.env['PATH']}`,
    })
    await terminal.type(`cd ${dir}; ${load[shell]}; echo loa''ded\r`, /loaded/)
  })
  afterEach(async () => {
    await terminal.close()
    rmSync(dir, {recursive: true, force: true})
  })

  it('completes commands, names, values behind = and files', async () => {
    await terminal.type('ctl cont\t', /ext/)
    await terminal.type('use prod\t', /use.*uction/s)
    await terminal.type('\u0015ctl context list --output=ya\t', /ya.*ml/s)
    await terminal.type('\u0015tael wal inspect seg\t', /seg.*ment\.bin/s)
    await terminal.type('\u0015tael ano\t', /ano.*malies/s)
  })

  it('hands a name over as one word and evaluates nothing in it', async () => {
    await terminal.type('\u0015ctl context use \\$\t', /\\\$.*touch/s)
    expect(await terminal.type('\r', /no|now in context/)).toContain('now in context $(touch')
    expect(existsSync(join(dir, 'evaluated'))).toBe(false)
  })
})
