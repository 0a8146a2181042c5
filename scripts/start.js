// `npm start`: the sandbox and a small incident, played through the real commands with their real output.
import {spawn, spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const bin = name => fileURLToPath(new URL(`../bin/${name}.js`, import.meta.url))
const isTty = Boolean(process.stdout.isTTY)
const bold = text => (isTty && !process.env.NO_COLOR ? `\u001b[1m${text}\u001b[22m` : text)

const folder = mkdtempSync(join(tmpdir(), 'opsdeck-tour-'))
const env = {
  ...process.env, OPSDECK_CONFIG: join(folder, 'config.yaml'), XDG_STATE_HOME: join(folder, 'state'),
  OPSDECK_CONTEXT: 'sandbox',
}
for (const name of [
  'TAEL_API_KEY', 'SCOUTER_STORAGE_URI', 'NATS_URL', 'OPSDECK_SERVER', 'OPSDECK_OUTPUT', 'OPSDECK_FORMAT',
]) {
  delete env[name]
}

const steps = [
  ['Something is wrong. Which services, and since when?', 'tael', ['anomalies', '--since', '1h']],
  ['Who calls whom, and where do the errors come from?', 'tael', ['topology', '--since', '1h']],
  ['The traces that failed, one line each.', 'tael', ['traces', '--status', 'error', '--since', '1h']],
  ['The slowest of them as a picture.', 'tael', ['trace', '35f76ceff3c810b2049457e1371ebd87']],
  ['What was logged on the way.', 'tael', ['logs', '--trace-id', '35f76ceff3c810b2049457e1371ebd87']],
  ['Leave a note for the next one on call.', 'tael', [
    'comment', 'add', '35f76ceff3c810b2049457e1371ebd87', 'acquirer timeout, see the status page', '--author', 'tour',
    '--via', 'query-tier',
  ]],
  ['Is every node up, and who leads each shard?', 'tael', ['shards']],
  [
    'One shard dies. What is left is shown, what is missing is named, and the exit code says so.', 'ctl',
    ['sandbox', 'kill', 'tael/shard-b', '-o', 'name'],
  ],
  ['', 'tael', ['services'], 9],
  ['It comes back with its data.', 'ctl', ['sandbox', 'revive', 'tael/shard-b', '-o', 'name']],
  [
    'The same for a script: data on stdout, the reason in the exit code.', 'tael',
    ['spans', '--status', 'error', '--service', 'payments', '-o', 'jsonl', '--limit', '1'],
  ],
]

function show([why, name, args, expected = 0]) {
  console.log(
    `${why && `\n${bold(`# ${why}`)}\n`}$ `
    + `${[name, ...args.map(word => (/[^\w.:=/-]/.test(word) ? `'${word}'` : word))].join(' ')}`,
  )
  const {status} = spawnSync(process.execPath, [bin(name), ...args], {env, stdio: ['ignore', 'inherit', 'inherit']})
  if (status !== expected) throw new Error(`${name} ${args[0]} ended with ${status}`)
  if (status !== 0) console.log(`(exit code ${status})`)
}

/** On a terminal the tour ends in the live screen over the same sandbox, until it is left. */
async function dashboard() {
  console.log(`\n${bold('# All of it on one live screen: ? shows the keys, q leaves.')}\n$ ctl dash`)
  await new Promise(resolve => setTimeout(resolve, 2_000))
  spawnSync(process.execPath, [bin('ctl'), 'dash'], {env, stdio: 'inherit'})
}

/** Starts `ctl sandbox` and waits until it has written its context. */
async function startSandbox() {
  const child = spawn(process.execPath, [bin('ctl'), 'sandbox', '--use'], {env, stdio: ['ignore', 'pipe', 'pipe']})
  let said = ''
  await new Promise((resolve, reject) => {
    child.stderr.on('data', chunk => {
      said += chunk
      if (said.includes('Ctrl-C')) resolve()
    })
    child.once('exit', code => reject(new Error(`the sandbox ended with ${code}\n${said}`)))
  })
  return child
}

function wait(child) {
  return new Promise(resolve => {
    if (child.exitCode !== null) resolve()
    else child.once('exit', resolve)
  })
}

let sandbox
let code = 0
try {
  sandbox = await startSandbox()
  console.log('opsdeck: the embedded sandbox runs on this machine; nothing else is touched.')
  for (const step of steps) show(step)
  if (isTty && process.stdin.isTTY) await dashboard()
  console.log(`\n${bold('# Your turn.')}
Keep a sandbox running with:   npx node bin/ctl.js sandbox --use
and in another terminal:       npx node bin/tael.js traces --since 2h
                               npx node bin/tael.js --help
Your own server:               npx node bin/ctl.js context add prod tael.url=http://HOST:7701`)
} catch (error) {
  console.error(error.message)
  code = 1
} finally {
  if (sandbox) {
    sandbox.kill('SIGTERM')
    await wait(sandbox)
  }
  rmSync(folder, {recursive: true, force: true})
}
process.exitCode = code
