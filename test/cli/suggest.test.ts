import {describe, expect, it} from 'vitest'
import {runBin} from '../helpers/cli.ts'

/** Wrong words, and the one line that should be said. */
describe('usage errors', () => {
  it.each([
    ['tael', ['spns'], '"spns" is not a command of tael', 'Did you mean: tael spans'],
    ['tael', ['query', 'trces'], '"query trces" is not a command of tael', 'Did you mean: tael query traces'],
    ['tael', ['spans', '--stauts', 'ok'], 'Nonexistent flag: --stauts', 'Did you mean: --status'],
    [
      'tael', ['spans', '--status', 'eror'], 'Expected --status=eror to be one of: ok, error, unset',
      'Did you mean: --status error',
    ],
    ['tael', ['spans', '--limit'], 'Flag --limit expects a value', 'See: tael spans --help'],
    ['tael', ['trace'], 'an argument is missing: trace', 'See: tael trace --help'],
    ['tael', ['services', 'extra'], 'Unexpected argument: extra', 'See: tael services --help'],
    ['tael', ['spans', '-o', 'jsn'], 'Expected --output=jsn to be one of', 'Did you mean: --output json'],
    ['tael', ['spans', '--format', 'json', '-o', 'json'], '--format', 'See: tael spans --help'],
    ['tael', ['spans', '--server', 'x', '--port-rest', '1'], 'both name the server', ''],
    ['tael', ['traces', '--format', 'json'], 'has no document', ''],
    ['tael', ['tail', 'logs', '--format', 'json'], 'has no document', ''],
    ['tael', ['spans', '--format', 'json', '--sort-by', 'start'], '--sort-by does not apply', ''],
    ['tael', ['spans', '--columns', 'nosuch', '--port-rest', '1'], '', ''],
    ['ctl', ['context', 'ad', 'x'], '"context ad x" is not a command of ctl', 'Did you mean: ctl context add'],
    ['tael', ['spans', '--limit', 'x'], 'tael: --limit: "x" is not a whole number', ''],
    ['tael', ['spans', '--since', '99999d'], '"99999d" reaches back before 1970', ''],
    ['tael', ['tracs', '-o', 'jsno'], '"tracs" is not a command of tael', 'Did you mean: tael trace'],
    ['tael', ['--timeout', '5s', 'spns'], '"spns" is not a command', 'Did you mean: tael spans'],
    ['ctl', ['-v'], 'no command is named', 'See: ctl --help'],
    ['ctl', ['-o', 'json', '--timeout', '1s'], '"error":"no command is named"', 'See: ctl --help'],
    ['ctl', ['tsak'], '"tsak" is not a command of ctl', 'Did you mean: ctl task'],
    ['ctl', ['help', 'exit-code'], 'there is no help on "exit-code"', 'Did you mean: ctl help exit-codes'],
    ['ctl', ['task', 'release', 'x'], 'ctl: --interval is missing', 'See: ctl task release --help'],
    ['ctl', ['task', 'exec', 'x', '--interval', '0', '--', 'true'], '"0" is too short', ''],
    ['ctl', ['context', 'remove'], 'an argument is missing: name', 'See: ctl context remove --help'],
  ] as const)('%s %j', async (bin, words, message, hint) => {
    const ran = await runBin(bin, words)
    expect(ran.code).toBe(words.includes('nosuch' as never) ? 4 : 3)
    expect(ran.stdout).toBe('')
    expect(ran.stderr).toContain(message)
    expect(ran.stderr).toContain(hint)
    expect(ran.stderr).not.toMatch(/at .*\.js|See more help|Parsing --|Note:|Alternatively|\u001b/)
  })

  it('say where a system is that does not work, and nothing of the kind about a thing that is not there', async () => {
    const broken = await runBin('ctl', ['lease', 'acquire', 'a', '--ttl', '10s', '--url', 'sqlite:/dev/null/x.db'])
    expect(broken).toMatchObject({code: 1, stderr: expect.stringContaining('  at sqlite:/dev/null/x.db\n')})
    const missing = await runBin('ctl', ['lease', 'list', '--url', 'sqlite:/dev/null/x.db'])
    expect(missing.stderr).toBe('ctl: there is no lease file sqlite:/dev/null/x.db\n  The first acquire makes it.\n')
  })

  it('are one line of JSON for programs, even before a command is found', async () => {
    const ran = await runBin('tael', ['spns', '-o', 'json'])
    expect(JSON.parse(ran.stderr)).toMatchObject({code: 'UNKNOWN_COMMAND', category: 'bad_query', exit_code: 3})
  })

  it('do not take a missing argument from stdin', async () => {
    expect((await runBin('tael', ['trace'], {input: 'abc\n'})).code).toBe(3)
  })
})
