import {describe, expect, it} from 'vitest'
import {pagerFor} from '../../src/cli/pager.ts'

const at = (env: Record<string, string>, {tty = true, rows = 10} = {}) =>
  ({env, stdin: {isTTY: tty}, stdout: {isTTY: tty, rows}}) as unknown as Parameters<typeof pagerFor>[1]
const long = 'line\n'.repeat(50)

describe('the pager', () => {
  it.each([
    ['a long text at a terminal', long, at({}), ['less']],
    ['the person\'s own', long, at({PAGER: 'more -s'}), ['more', '-s']],
    ['ours before theirs', long, at({PAGER: 'more', OPSDECK_PAGER: 'bat'}), ['bat']],
    ['a text that fits', 'short\n', at({}), undefined],
    ['a pipe', long, at({}, {tty: false}), undefined],
    ['switched off', long, at({OPSDECK_PAGER: '', PAGER: 'more'}), undefined],
    ['cat', long, at({PAGER: 'cat'}), undefined],
    ['a dumb terminal', long, at({TERM: 'dumb'}), undefined],
  ])('%s', (_, text, io, wanted) => expect(pagerFor(text, io)).toEqual(wanted))
})
