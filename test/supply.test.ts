import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {bundledPackages, staleThirdParty} from '../scripts/supply.ts'

const root = join(import.meta.dirname, '..')
const read = (name: string) => readFileSync(join(root, name), 'utf8')
const packages = bundledPackages()

/** Licences that ask for no more than to be named. */
const allowed = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', 'Unlicense']

test('THIRD-PARTY.md names what is in the bundle', () => expect(staleThirdParty()).toBe(false))

test('every licence may be shipped', () => {
  expect(packages.filter(each => !allowed.includes(each.license)).map(each => `${each.name}: ${each.license}`))
    .toEqual([])
})

test('the bill of materials lists the same packages, and where they came from is nobody\'s machine', () => {
  const {components} =
    JSON.parse(read('sbom.cdx.json')) as {components: {name: string; version: string; hashes?: unknown[]}[]}
  expect(components.map(each => `${each.name}@${each.version}`).sort()).toEqual(
    packages.map(each => `${each.name}@${each.version}`).sort(),
  )
  expect(components.filter(each => !each.hashes?.length)).toEqual([])
  expect(read('sbom.cdx.json') + read('package-lock.json')).not.toMatch(/https?:\/\/registry/)
})

test('versions are exact, and nothing runs when the package is installed', () => {
  const {dependencies, devDependencies, scripts} =
    JSON.parse(read('package.json')) as Record<string, Record<string, string> | undefined>
  expect(Object.entries({...dependencies, ...devDependencies}).filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(range)))
    .toEqual([])
  expect(dependencies).toBeUndefined()
  expect(Object.keys(scripts!).filter(name => /^(pre|post)?(install|prepare)$/.test(name))).toEqual([])
})
