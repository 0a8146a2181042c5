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
/** Programs of threads: started by their own file. */
const threads = ['src/clients/artifact/digest-worker.ts']

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

/*
 * Modules that oclif or we load at every start and use rarely or never, with what loading them costs of a
 * start of about 70 ms: string-width compiles large Unicode classes (10 ms, for text beyond ASCII only), debug
 * asks the terminal (4 ms, for oclif's own developers), tinyglobby finds commands (3 ms, the manifest knows
 * them), wsl-utils looks for Windows (2 ms).
 */
const rarelyUsed = {
  'string-width': "let real; export default text => (real ??= require('string-width?real').default)(text)",
  debug: 'const off = () => {}; off.enabled = false; module.exports = () => off',
  tinyglobby: "module.exports = {glob: (...words) => require('tinyglobby?real').glob(...words)}",
  'wsl-utils': "export const isWsl = false; export const powerShellPath = async () => 'powershell.exe'",
}

const trimmed = {
  name: 'trimmed',
  setup({onResolve, onLoad, resolve}) {
    onResolve({filter: /^(string-width|debug|tinyglobby|wsl-utils)$/}, ({path, pluginData, resolveDir}) => {
      const ours = path !== 'string-width' || /[\\/]src[\\/]/.test(resolveDir)
      return pluginData === 'real' || !ours ? undefined : {path, namespace: 'trimmed', pluginData: {resolveDir}}
    })
    onResolve({filter: /\?real$/}, ({path, pluginData}) =>
      resolve(path.replace('?real', ''), {
        kind: 'require-call', resolveDir: pluginData?.resolveDir ?? root, pluginData: 'real',
      }))
    onLoad({filter: /.*/, namespace: 'trimmed'}, ({path, pluginData}) => ({
      contents: rarelyUsed[path], resolveDir: pluginData.resolveDir, pluginData,
    }))
  },
}

/** What a running command never touches, though oclif loads it first: loaded when first used. */
const lateOclif = {
  name: 'late-oclif',
  setup({onLoad}) {
    const late = (from, wanted) => ({
      filter: from,
      edit: text => text.replace(wanted, (_, name, path) => `const ${name} = __late(() => require("${path}"));`),
    })
    const edits = [
      late(/@oclif[\\/]core[\\/]lib[\\/]command\.js$/, /const (config_1) = require\("(\.\/config)"\);/),
      late(/@oclif[\\/]core[\\/]lib[\\/]errors[\\/]handle\.js$/, /const (index_1) = require\("(\.\.\/help\/index)"\);/),
    ]
    const helper = 'const __late = load => new Proxy({}, {get: (_, key) => load()[key]});'
    for (const {filter, edit} of edits) {
      onLoad({filter}, async ({path}) => {
        const text = await readFile(path, 'utf8')
        const edited = edit(text)
        if (edited === text) throw new Error(`${path} is not what late-oclif expects: look at it again`)
        return {contents: edited.replace('"use strict";', `"use strict";${helper}`)}
      })
    }
  },
}

/**
 * yoga, which Ink lays out with, carries its WebAssembly as text and decodes it by `fetch`, for which Node loads an
 * HTTP client of its own, or else byte by byte: 25 or 15 ms of a start. It takes bytes as well.
 */
const yogaFromBytes = {
  name: 'yoga-from-bytes',
  setup({onLoad}) {
    onLoad({filter: /yoga-wasm-base64-esm\.js$/}, async ({path}) => {
      const text = await readFile(path, 'utf8')
      const given = 'h.wasmBinary&&(w=h.wasmBinary)'
      const base64 = /"data:application\/octet-stream;base64,([^"]+)"/.exec(text)?.[1]
      if (!base64 || !text.includes(given)) throw new Error(`${path} is not what yoga-from-bytes expects: look again`)
      return {contents: text.replace(base64, '').replace(given, `w=Buffer.from("${base64}","base64")`)}
    })
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
  const commands = (await Promise.all(bins.map(commandFiles))).flat()
  await rm(dist, {recursive: true, force: true})
  const {metafile} = await build({
    entryPoints: [...['src/main.ts', 'src/boot.ts', ...threads].map(name => join(root, name)), ...commands],
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
    plugins: [trimmed, lateOclif, slimUndici, withoutHttp2, yogaFromBytes, withoutDevtools],
    banner: {
      js: "import {createRequire as __createRequire} from 'node:module';const require=__createRequire(import.meta.url);"
        + 'const __filename=import.meta.filename,__dirname=import.meta.dirname;',
    },
  })
  await writeFile(join(dist, 'metafile.json'), JSON.stringify(metafile))
  return commands
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
