import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import stringWidth from 'string-width'
import {beforeAll, describe, expect, it} from 'vitest'
import {drawings, staleDrawings} from '../../scripts/pictures.ts'
import {openScenario, scenarios, section, stored, views} from './scene/screens.ts'

const root = join(import.meta.dirname, '../..')
const textOf = (path: string) => readFileSync(join(root, path), 'utf8')
const plain = (text: string) => text.replaceAll(/␛\[[0-9;]*m/g, '')
let drawn: Map<string, string>
beforeAll(async () => {
  drawn = await drawings()
})

describe('pictures and stored screens', () => {
  it('are what `npm run pictures` draws', () => expect(staleDrawings(drawn)).toEqual([]))

  it.each(scenarios.map(({name}) => name))('%s is shown as it is stored', name => {
    const path = `test/ui/screens/${name}.txt`
    expect(drawn.get(path)).toBe(textOf(path))
  })

  it('are missed when they are gone or are drawn no more', () => {
    const other = new Map([...drawn].slice(1)).set('docs/pictures/none.svg', '')
    expect(staleDrawings(other)).toEqual(['docs/pictures/none.svg', [...drawn.keys()][0]])
  })
})

describe.each(scenarios)('$name', scenario => {
  const path = `test/ui/screens/${scenario.name}.txt`
  it.each(views)('at $name is no wider and no higher than its terminal', ({name, columns, rows}) => {
    const lines = plain(section(textOf(path), name)).split('\n')
    expect(lines.length).toBeLessThan(rows)
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns)
  })

  it('says in plain text all that it says in colour, and in ASCII line by line the same', async () => {
    const stage = await openScenario(scenario)
    const size = {columns: 80, rows: 24}
    const [colourless, colourful, ascii] = [{}, {colour: true}, {unicode: false}].map(look => stored(stage.frame(size, look)))
    expect(plain(colourful!).split('\n').map(line => line.trimEnd())).toEqual(colourless!.split('\n'))
    expect(ascii!.split('\n')).toHaveLength(colourless!.split('\n').length)
    expect(ascii).toMatch(/^[\x20-\x7e\n]*$/)
  })
})

describe('the README', () => {
  const images = [...textOf('README.md').matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)].map(([, alt, path]) => ({alt: alt!, path: path!}))
  it('shows every picture, each with words for those who do not see it', () => {
    expect(images.map(({path}) => path).sort()).toEqual([...drawn.keys()].filter(name => name.startsWith('docs/')).sort())
    for (const {alt} of images) expect(alt.length).toBeGreaterThan(40)
  })

  it('and each is small, has a title, and needs nothing from elsewhere', () => {
    for (const {path} of images) {
      const svg = textOf(path)
      expect(svg.length).toBeLessThan(32_768)
      expect(svg).toMatch(/role="img" aria-labelledby="t d"[^]*<title id="t">\S[^]*<desc id="d">\S/)
      expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/href|url\(|<script|http:\/\/www/)
    }
  })
})
