// Writes THIRD-PARTY.md and sbom.cdx.json: what the published bundle holds of other people's work. The bill is the one
// of `npm sbom`, cut down to the packages in the bundle. `--check` only says what is stale.
import {execFileSync} from 'node:child_process'
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Package {
  name: string
  version: string
  license: string
  /** The text of its licence file; undefined when it has none. */
  text: string | undefined
}

/** Folders of the packages whose files esbuild put into the bundle. */
function bundledFolders(): string[] {
  const {outputs} = JSON.parse(readFileSync(join(root, 'dist/metafile.json'), 'utf8')) as {
    outputs: Record<string, {inputs: Record<string, {bytesInOutput: number}>}>
  }
  const folders = Object.values(outputs).flatMap(({inputs}) => Object.entries(inputs))
    .filter(([, {bytesInOutput}]) => bytesInOutput > 0)
    .map(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path.replace(/^[\w-]+:/, ''))?.[0])
  return [...new Set(folders.filter(each => each !== undefined))].sort()
}

/** Every package of the bundle, by name. */
export function bundledPackages(): Package[] {
  const folders = bundledFolders().filter(folder => existsSync(join(root, folder, 'package.json')))
  const packages = folders.map((folder): Package => {
    const {name, version, license} = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Package
    const file = readdirSync(join(root, folder)).find(each => /^(licen[cs]e|copying)/i.test(each))
    return {
      name, version, license,
      text: file === undefined ? undefined : readFileSync(join(root, folder, file), 'utf8').trim(),
    }
  })
  const unique = new Map(packages.map(each => [`${each.name}@${each.version}`, each]))
  return [...unique.values()].sort(
    (a, b) => (a.name === b.name ? a.version.localeCompare(b.version) : a.name < b.name ? -1 : 1),
  )
}

/** Equal texts are printed once, under the names of all that carry it. */
export function thirdParty(packages: readonly Package[]): string {
  const rows = packages.map(each => `| ${each.name} | ${each.version} | ${each.license} |`)
  const byText = Map.groupBy(packages.filter(each => each.text !== undefined), each => each.text!)
  const texts = [...byText].map(
    ([text, of]) => `## ${of.map(each => each.name).join(', ')}\n\n\`\`\`\n${text}\n\`\`\`\n`,
  )
  return [
    '# Third-party software', '', 'The published bundle holds parts of these packages.', '',
    '| package | version | licence |', '| --- | --- | --- |', ...rows, '', ...texts,
  ].join('\n')
}

interface Bill {
  metadata: {component: object}
  components: {name: string; version: string; externalReferences?: unknown; properties?: unknown}[]
  dependencies?: unknown
}

/** The bill of `npm sbom` with only what is in the bundle, and nothing that differs from run to run. */
export function billOfMaterials(packages: readonly Package[]): string {
  const npm = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
    cwd: root, maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'ignore'],
  })
  const {serialNumber: _, metadata, components, dependencies: __, ...bill} =
    JSON.parse(npm.toString()) as Bill & {serialNumber: string}
  const wanted = new Set(packages.map(each => `${each.name}@${each.version}`))
  const {component} = metadata
  // npm calls them parts of the development, which they are until they are in the bundle.
  const kept = components.filter(each => wanted.has(`${each.name}@${each.version}`))
    .map(({externalReferences: _refs, properties: _properties, ...each}) => ({...each, scope: 'required'}))
  const ours = {...bill, metadata: {component: {...component, name: 'opsdeck'}}, components: kept}
  return `${JSON.stringify(ours, undefined, 2)}\n`
}

/** Files as they should be. */
export function supplyFiles(): Map<string, string> {
  const packages = bundledPackages()
  return new Map([['THIRD-PARTY.md', thirdParty(packages)], ['sbom.cdx.json', billOfMaterials(packages)]])
}

/** The same without asking npm, which the tests need not do. */
export function staleThirdParty(): boolean {
  return readFileSync(join(root, 'THIRD-PARTY.md'), 'utf8') !== thirdParty(bundledPackages())
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [name, text] of supplyFiles()) {
    const isOld = !existsSync(join(root, name)) || readFileSync(join(root, name), 'utf8') !== text
    if (!process.argv.includes('--check')) writeFileSync(join(root, name), text)
    else if (isOld) {
      console.error(`stale: ${name}`)
      process.exitCode = 1
    }
  }
}
