import {describe, expect, it} from 'vitest'
import {dispatch} from '../../src/cli/dispatch.ts'
import {helpText} from '../../src/cli/help.ts'
import {nearest} from '../../src/clients/net/nearest.ts'
import {redact} from '../../src/cli/audit.ts'

const known = new Set(['spans', 'query traces', 'lease', 'lease get', 'lease exec', 'trace'])
const go = (...argv: string[]) => dispatch(argv, path => known.has(path.join(' ')))

describe('which command', () => {
  it.each([
    [['spans'], ['spans'], []],
    [['spans', '--limit', '5'], ['spans'], ['--limit', '5']],
    [['query', 'traces', '-q'], ['query', 'traces'], ['-q']],
    [['lease'], ['lease'], []],
    [['lease', 'get', 'x'], ['lease', 'get'], ['x']],
    [['trace', 'abc123'], ['trace'], ['abc123']],
    [['--format', 'json', 'query', 'traces'], ['query', 'traces'], ['--format', 'json']],
    [['-q', '--server=http://x', 'spans', '--limit', '1'], ['spans'], ['-q', '--server=http://x', '--limit', '1']],
    [['lease', 'exec', 'k', '--', 'get', '--help'], ['lease', 'exec'], ['k', '--', 'get', '--help']],
  ])('%j', (argv, path, rest) => {
    expect(go(...argv)).toEqual({kind: 'command', path, argv: rest})
  })
  it.each([
    [[], []], [['--help'], []], [['help'], []], [['help', 'query', 'traces'], ['query', 'traces']],
    [['spans', '-h'], ['spans']], [['query', '--help'], ['query']],
  ])('help: %j', (argv, path) => expect(go(...argv)).toEqual({kind: 'help', path}))
  it.each([[['spns']], [['query', 'trace']], [['--bogus']], [['SPANS']], [['../x']]])('unknown: %j', argv =>
    expect(go(...argv)).toMatchObject({kind: 'unknown'}))
})

describe('did you mean', () => {
  it.each([
    ['spns', 'spans'], ['sapns', 'spans'], ['service', 'services'], ['zzz', undefined], ['', undefined],
  ])('%s -> %s', (word, near) =>
    expect(nearest(word, ['spans', 'services', 'trace'])).toBe(near))
})

describe('help', () => {
  const source = {
    bin: 'ctl' as const, about: 'About.', width: 80, topics: {lease: {description: 'Leases.'}},
    manifest: {commands: {
      'lease:get': {
        id: 'lease:get', summary: 'Show a lease', examples: ['<%= config.bin %> lease get k'],
        args: {key: {name: 'key', required: true, description: 'The key'}},
        flags: {
          output: {
            name: 'output', type: 'option' as const, char: 'o', summary: 'Format', helpGroup: 'OUTPUT',
            default: 'table',
          },
          wait: {name: 'wait', type: 'boolean' as const, summary: 'Wait'},
          secret: {name: 'secret', type: 'boolean' as const, hidden: true},
        },
      },
    }},
  }
  it('of a command begins with examples, then its own flags', () => {
    const text = helpText(source, ['lease', 'get', 'some-key'])!
    expect(text).toMatch(
      /^Show a lease\n\nEXAMPLES\n {2}\$ ctl lease get k\n\nUSAGE\n {2}\$ ctl lease get KEY \[flags]/,
    )
    expect(text.indexOf('--wait')).toBeLessThan(text.indexOf('--output'))
    expect(text).not.toContain('--secret')
    expect(text).toContain('(default table)')
  })
  it('of a folder and of the bin lists what is inside', () => {
    expect(helpText(source, ['lease'])).toContain('get  Show a lease')
    expect(helpText(source, [])).toContain('lease …  Leases.')
  })
  it('is nothing for words that name nothing', () => expect(helpText(source, ['nosuch'])).toBeUndefined())
})

describe('the audit log\'s command line', () => {
  it.each([
    [['ctl', 'x', '--api-key', 'env://K'], ['ctl', 'x', '--api-key', '[hidden]']],
    [['ctl', 'x', '--token=abc'], ['ctl', 'x', '--token=[hidden]']],
    [['ctl', 'exec', 'k', '--', 'curl', '-H', 'secret'], ['ctl', 'exec', 'k', '--', 'curl', '…', '…']],
  ])('%j', (argv, shown) => expect(redact(argv)).toEqual(shown))
})
