import {afterAll, beforeAll, expect, test} from 'vitest'
import {binPath, run} from '../../helpers/cli.ts'
import {commandLines, startWorld, type World} from '../../helpers/command-lines.ts'

/** Every command in a real terminal that is 20 columns wide, dumb, and without UTF-8. */
let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`

test.each(
  commandLines.filter(line => !line.long).map((line, at) => [[line.bin, ...line.words].join(' '), line, at] as const),
)(
  '%s', async (_, line, at) => {
    const command = [process.execPath, binPath(line.bin), ...world.words(line, 10_000 + at)].map(quote).join(' ')
    const env = {...world.env, TERM: 'dumb', LANG: 'C', OPSDECK_NO_PAGER: '1'}
    const ran = await run('script', ['-qec', `stty cols 20 rows 24; ${command}`, '/dev/null'], {env, limitMs: 30_000})
    expect({code: ran.code, said: ran.stdout}).toMatchObject({code: line.exit})
    expect(ran.stdout).not.toMatch(/\n +at |node:internal/)
    // eslint-disable-next-line no-control-regex
    expect(ran.stdout).not.toMatch(/[\u2500-\u259f]|\u001b\[3\dm/)
  })
