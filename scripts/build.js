// Bundles src/ into dist/ (ESM, split, no runtime dependencies) and writes one oclif manifest per bin.
import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {existsSync} from 'node:fs'
import {join, relative} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {build} from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const {version} = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const bins = ['tael', 'ctl', 'snap']

const commandFiles = async bin => {
  const folder = join(root, 'src/commands', bin)
  const names = existsSync(folder) ? await readdir(folder, {recursive: true}) : []
  return names.filter(name => name.endsWith('.ts')).map(name => join(folder, name)).sort()
}

const slimUndici = {
  name: 'slim-undici',
  setup({onResolve}) {
    onResolve({filter: /^undici$/}, () => ({path: join(root, 'scripts/undici-slim.cjs')}))
  },
}

/** undici opens HTTP/2 only when asked to; we never do, and loading node:http2 costs 10 ms a start. */
const withoutHttp2 = {
  name: 'without-http2',
  setup({onLoad}) {
    onLoad({filter: /undici[\\/]lib[\\/]dispatcher[\\/]client-h2\.js$/}, () => ({
      contents: "module.exports = () => { throw new Error('HTTP/2 is not part of this build') }",
    }))
  },
}

/** An optional peer of Ink that is only used by its developers. */
const withoutDevtools = {
  name: 'without-devtools',
  setup({onResolve, onLoad}) {
    onResolve({filter: /^react-devtools-core$/}, () => ({path: 'react-devtools-core', namespace: 'empty'}))
    onLoad({filter: /.*/, namespace: 'empty'}, () => ({contents: 'export default {}'}))
  },
}

export async function bundle() {
  const files = (await Promise.all(bins.map(commandFiles))).flat()
  await rm(dist, {recursive: true, force: true})
  const {metafile} = await build({
    entryPoints: [join(root, 'src/main.ts'), join(root, 'src/boot.ts'), ...files],
    absWorkingDir: root,
    outbase: join(root, 'src'),
    outdir: dist,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.19',
    minify: true,
    keepNames: false,
    metafile: true,
    logLevel: 'warning',
    jsx: 'automatic',
    external: ['typescript', 'ts-node', 'tsx', 'pnpapi'],
    define: {'process.env.NODE_ENV': '"production"', OPSDECK_VERSION: JSON.stringify(version)},
    plugins: [slimUndici, withoutHttp2, withoutDevtools],
    banner: {
      js: "import {createRequire as __createRequire} from 'node:module';const require=__createRequire(import.meta.url);"
        + 'const __filename=import.meta.filename,__dirname=import.meta.dirname;',
    },
  })
  await writeFile(join(dist, 'metafile.json'), JSON.stringify(metafile))
  return files
}

/** What oclif reads instead of importing every command; `main` hands it the same `pjson`. */
async function writeManifests() {
  const {Plugin} = await import('@oclif/core/config')
  const {pjson} = await import(pathToFileURL(join(dist, 'main.js')).href)
  for (const bin of bins) {
    const folder = join(dist, 'commands', bin)
    await mkdir(folder, {recursive: true})
    const plugin = new Plugin({
      root: folder, isRoot: true, type: 'core', ignoreManifest: true, errorOnManifestCreate: true,
      respectNoCacheDefault: true, pjson: pjson(bin),
    })
    await plugin.load()
    await writeFile(join(folder, 'oclif.manifest.json'), JSON.stringify(plugin.manifest))
  }
}

await bundle()
await writeManifests()
if (process.argv.includes('-v')) console.error(`built ${relative(process.cwd(), dist)}`)
