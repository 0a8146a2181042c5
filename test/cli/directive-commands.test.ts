import {mkdtempSync} from 'node:fs'
import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSandboxWorld} from '../contract/directive-worlds.ts'
import type {DirectiveWorld} from '../contract/directive.ts'
import {runBin, type Ran} from '../helpers/cli.ts'

const home = mkdtempSync(join(tmpdir(), 'opsdeck-directive-'))
const secrets = {ADMIN: 'admin-secret-of-the-test', WRONG: 'wrong-admin-secret', SIGN: 'operator-shared-secret',
  OTHER: 'other-signing-secret'}
let world: DirectiveWorld

beforeAll(async () => {
  world = await openSandboxWorld('admin')
  const instances = JSON.stringify(world.instances.map(({name}) => name))
  await mkdir(join(home, 'config', 'opsdeck'), {recursive: true})
  await writeFile(join(home, 'config', 'opsdeck', 'config.yaml'), `current: fleet
contexts:
  fleet: {directives: {instances: ${instances}, token: env://ADMIN, signingKey: env://SIGN, maxTtl: 30m}}
  prod: {danger: true, directives: {instances: ${instances}, token: env://ADMIN, signingKey: env://OTHER}}
  wrong: {directives: {instances: ${instances}, token: env://WRONG, signingKey: env://SIGN}}
  dead: {directives: {url: 'http://127.0.0.1:1', token: env://ADMIN}}
  unset: {directives: {url: 'http://127.0.0.1:1', token: env://NOT_SET}}
`, {mode: 0o600})
})

afterAll(async () => {
  await world.stop()
  await rm(home, {recursive: true})
})

const said: Ran[] = []
async function ctl(words: string, options: {input?: string; context?: string} = {}): Promise<Ran> {
  const env = {
    ...secrets, XDG_CONFIG_HOME: join(home, 'config'), XDG_STATE_HOME: join(home, 'state'),
    OPSDECK_CONTEXT: options.context ?? 'fleet', OPSDECK_DEBUG: options.context === undefined ? undefined : '1',
  }
  const ran = await runBin('ctl', ['directive', ...words.split(' ')], {env, input: options.input})
  if (!words.startsWith('mint')) said.push(ran)
  return ran
}

const json = ({stdout}: Ran) => JSON.parse(stdout)

test('publish by flags, list, get, revoke: one life of a directive', async () => {
  const published = await ctl('publish --tenant acme --ring-buffer --ttl 5m --reason INC-7 -o json')
  expect(published).toMatchObject({code: 0})
  expect(json(published)).toMatchObject({
    directives: [{id: 'shape-acme'}], proofs: [{applies: 'current'}, {applies: 'current'}],
      instances: [{state: 'done'}, {state: 'done'}],
  })
  expect(published.stderr).toContain('plain _search and synchronous _bulk requests never evaluate directives')
  const list = json(await ctl('list -o json'))
  expect(list).toMatchObject({
    items: [{id: 'shape-acme', state: 'active', certainty: 'until', tenant: 'acme', samplePerMille: 1000}],
    store: 'admin', published: {reason: 'INC-7'},
  })
  expect(list.items[0].leftMs).toBeGreaterThan(290_000)
  expect((await ctl('list')).stdout).toMatch(/^ID +STATE.*\nshape-acme +active +Shape +tenant=acme +tape/)
  expect(json(await ctl('get shape-acme -o json'))).toMatchObject({id: 'shape-acme'})
  expect(await ctl('get nope')).toMatchObject({code: 2, stdout: ''})
  expect(await ctl('publish --tenant acme')).toMatchObject({code: 7})
  expect(await ctl('revoke shape-acme')).toMatchObject({code: 0})
  expect(json(await ctl('list -o json')).items).toEqual([])
})

test('a set from a file or stdin is checked whole, with line and column', async () => {
  const bad = '{"directives":[\n {"id":"a","level":"shape","ttl_secs":0,"tenant":5}]}'
  const refused = await ctl('publish -', {input: bad})
  expect(refused).toMatchObject({code: 3, stdout: ''})
  for (const place of ['stdin:2:20', 'stdin:2:39', 'stdin:2:50']) expect(refused.stderr).toContain(place)
  expect((await ctl('publish no-such-file')).code).toBe(3)
  expect((await ctl('publish --ttl 31m --tenant a')).code).toBe(3)
  expect((await ctl('publish --level Loud')).code).toBe(3)
  const good = '{"directives":[{"id":"a","level":"Off","ttl_secs":60,"tenant":"x","ring_buffer":true}]}'
  expect((await ctl('diff - --exit-code', {input: good})).code).toBe(1)
  expect((await ctl('publish - --replace', {input: good})).code).toBe(0)
  expect((await ctl('diff - --exit-code', {input: good})).code).toBe(0)
})

test('what reaches everybody or takes away asks first; a dry run changes nothing', async () => {
  const before = json(await ctl('list -o json')).version
  expect((await ctl('publish')).code).toBe(12)
  expect((await ctl('clear')).code).toBe(12)
  const dry = await ctl('clear --dry-run -o json')
  expect(json(dry)).toMatchObject({dryRun: true, action: 'clear', after: {directives: []}})
  expect((await ctl('clear --yes', {context: 'prod'})).code).toBe(12)
  expect((await ctl('publish --tenant t --readonly')).code).toBe(12)
  expect((await ctl('clear --yes --if-version other')).code).toBe(7)
  expect(json(await ctl('list -o json')).version).toBe(before)
  expect((await ctl('clear --yes')).code).toBe(0)
})

test('wrong token, dead server, unset secret, foreign key: the right code', async () => {
  expect((await ctl('list', {context: 'wrong'})).code).toBe(5)
  expect((await ctl('publish --tenant a', {context: 'wrong'})).code).toBe(5)
  expect((await ctl('list -o json', {context: 'dead'})).code).toBe(4)
  expect((await ctl('metrics', {context: 'dead'})).code).toBe(4)
  expect((await ctl('list', {context: 'unset'})).code).toBe(3)
  expect((await ctl('verify-applied --key', {context: 'prod'})).code).toBe(9)
})

test('one instance of the fleet can be chosen, and then they are said to differ', async () => {
  await ctl('clear --yes')
  const [one, other] = world.instances.map(({name}) => name)
  expect((await ctl(`publish --tenant acme --instance ${one}`)).code).toBe(0)
  const list = await ctl('list -o json')
  expect(list).toMatchObject({code: 9})
  expect(json(list)).toMatchObject({instancesDiffer: true})
  expect(json(list).notices).toContain('the instances hold different sets')
  expect(json(await ctl(`list -o json --instance ${other}`)).items).toEqual([])
  expect(json(await ctl(`list -o json --instance ${one}`)).items).toMatchObject([{certainty: 'until'}])
  expect((await ctl('list --instance http://127.0.0.1:9')).code).toBe(3)
  expect((await ctl('publish --tenant globex')).code).toBe(7)
  expect((await ctl('clear --yes')).code).toBe(0)
})

test('mint and check agree; a command gets the token by its environment alone', async () => {
  const minted = await ctl('mint --tenant acme --ring-buffer')
  expect(minted.stdout).toMatch(/^X-Debug-Directive: [0-9a-f]+\.[0-9a-f]{64}\n$/)
  expect(minted.stderr).toContain('forwarded to the upstream cluster')
  expect((await ctl('check -', {input: minted.stdout})).code).toBe(0)
  expect((await ctl('check -', {input: minted.stdout, context: 'prod'})).code).toBe(11)
  expect((await ctl('mint --ttl 31m')).code).toBe(12)
  expect((await ctl('mint', {context: 'dead'})).code).toBe(3)
  const program = 'process.stdout.write(process.env.OPSDECK_DIRECTIVE_TOKEN);process.exitCode=7'
  const handed = await ctl(`mint --tenant acme -q -- node -e ${program}`)
  expect(handed.code).toBe(7)
  expect(handed.stdout).toMatch(/^[0-9a-f]+\.[0-9a-f]{64}$/)
  const everyCommandLine = 'cat${IFS}/proc/[0-9]*/cmdline;echo;echo${IFS}$OPSDECK_DIRECTIVE_TOKEN'
  const seen = await ctl(`mint --tenant acme -q -- sh -c ${everyCommandLine}`)
  const token = seen.stdout.trimEnd().split('\n').at(-1)!
  expect(token).toMatch(/^[0-9a-f]+\./)
  expect(seen.stdout.split(token)).toHaveLength(2)
})

test('the views of the proxies', async () => {
  const answer = await world.instances[1]!.http.request({path: '/orders/_doc/1', headers: {'x-tenant': 'acme'}})
  const {name: instance} = world.instances[1]!
  const explained = await ctl(`explain ${answer.headers['x-request-id']} --instance ${instance} -o json`)
  expect(json(explained)).toMatchObject({outcome: 'ok', index: 'orders', instance})
  expect((await ctl('explain req-99999')).code).toBe(2)
  expect(json(await ctl('tenants -o json')).items).toMatchObject([{tenant: 'acme', requestsTotal: 1}])
  expect(json(await ctl('metrics -o json')).items).toHaveLength(2)
  expect(json(await ctl('tape --probes -o json')).items.length).toBeGreaterThan(0)
  expect((await ctl('watch -o csv')).code).toBe(3)
})

test('no secret in any output, in the audit log or in the records', async () => {
  const kept = await readdir(join(home, 'state'), {recursive: true, withFileTypes: true})
  const files = kept.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  expect(files.some(file => file.endsWith('audit.jsonl'))).toBe(true)
  const written = await Promise.all(files.map(file => readFile(file, 'utf8')))
  const texts = [...said.flatMap(({stdout, stderr}) => [stdout, stderr]), ...written]
  expect(texts.length).toBeGreaterThan(60)
  for (const secret of Object.values(secrets)) {
    for (const text of texts) expect(text.includes(secret)).toBe(false)
  }
})
