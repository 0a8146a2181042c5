import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {aLog, aSpan, getJson, listen, restart, until, type LiveNode, type PairTarget} from './tael-node.ts'
import {readWal} from './tael-wal.ts'

/** What the nodes of a coordinated pair say and ship, real ones and the sandbox's. The cases follow each other. */
export function taelClusterContract(name: string, start: () => Promise<PairTarget>): void {
  describe(`tael cluster contract: ${name}`, () => {
    let pair: PairTarget
    let first: LiveNode
    let second: LiveNode
    beforeAll(async () => {
      pair = await start()
      ;[first, second] = pair.nodes
      await settled()
    })
    afterAll(() => pair?.close())

    const claims = async (node: LiveNode) => {
      const {is_leader: isLeader, epoch} = await getJson(`${node.url}/internal/cluster`)
      return {isLeader, epoch}
    }
    const both = () => Promise.all([claims(first), claims(second)])
    const leads = async (node: LiveNode) => (await claims(node)).isLeader
    /** The first leads, the second does not. */
    const settled = () => until(async () => (await leads(first)) === true && (await leads(second)) === false, pair.pace)

    it('both say who they are; the epoch is of their own last reign', async () => {
      expect(await Promise.all([first, second].map(node => getJson(`${node.url}/internal/cluster`)))).toEqual([
        {enabled: true, epoch: 1, is_leader: true, node_id: pair.ids[0]},
        {enabled: true, epoch: 1, is_leader: false, node_id: pair.ids[1]},
      ])
    })

    it('what the leader takes is at the standby too, in its WAL but not in its buses, feeds and counters', async () => {
      const span = aSpan('shipped')
      const own = await listen(`${first.url}/api/v1/traces/live`)
      const other = await listen(`${second.url}/api/v1/traces/live`)
      await first.ingest({spans: [span], logs: [aLog('shipped too')]})
      await until(() => own.messages.length === 1)
      const at = async (node: LiveNode) => (await getJson(`${node.url}/api/v1/traces/${span.trace_id}`))['spans']
      expect(await at(second)).toEqual(await at(first))
      expect((await getJson(`${second.url}/api/v1/logs?body_contains=shipped`))['count']).toBe(1)
      const [log, bus] = [await readWal(second.walDir), await readWal(second.walDir, {topic: 'spans'})]
      expect(log.flatMap(frame => frame.records.map(record => record['operation']))).toContain('shipped')
      expect(bus).toEqual([])
      const {pipelines} = await getJson(`${second.url}/api/v1/ingest/status`) as {pipelines: {records: number}[]}
      expect(pipelines.map(({records}) => records)).toEqual([0, 0, 0, 0, 0])
      expect(other.messages).toEqual([])
      own.stop()
      other.stop()
    })

    it('with the leader killed the second leads after a while, an epoch higher', async () => {
      await first.kill()
      expect(await claims(second)).toEqual({isLeader: false, epoch: 1})
      await until(() => leads(second).then(Boolean), pair.pace)
      expect(await claims(second)).toEqual({isLeader: true, epoch: 2})
    })

    it('back, the first leads with epoch 1, and for a while both do; it has its data, not what it missed', async () => {
      const missed = aSpan('missed')
      await second.ingest({spans: [missed]})
      await first.revive()
      await until(async () => (await leads(first)) === true, pair.pace)
      expect(await both()).toEqual([{isLeader: true, epoch: 1}, {isLeader: true, epoch: 2}])
      await settled()
      expect(await both()).toEqual([{isLeader: true, epoch: 1}, {isLeader: false, epoch: 2}])
      expect((await getJson(`${first.url}/api/v1/traces?operation=shipped`))['spans']).toHaveLength(1)
      expect((await fetch(`${first.url}/api/v1/traces/${missed.trace_id}`)).status).toBe(404)
    })

    it('with the leader frozen the second leads with epoch 3; thawed, both do for a while', async () => {
      first.freeze()
      await until(() => leads(second).then(Boolean), pair.pace)
      expect(await claims(second)).toEqual({isLeader: true, epoch: 3})
      await first.revive()
      expect(await claims(first)).toEqual({isLeader: true, epoch: 1})
      await settled()
      expect(await claims(second)).toEqual({isLeader: false, epoch: 3})
    })

    it('a standby takes a frame, and refuses one it cannot read or, unseen, of an older epoch', async () => {
      await restart(second)
      await settled()
      const answer = async (body: number[], epoch?: string) => {
        const reply = await postFrame(second.url, body, epoch)
        const type = reply.headers.get('content-type')
        return [reply.status, type, type === 'application/json' ? await reply.json() : await reply.text()]
      }
      expect(await answer([2, 1, 0x90], '3')).toEqual([202, 'text/plain; charset=utf-8', 'applied'])
      expect(await answer([2], '3')).toEqual([422, 'application/json', {error: 'WAL record too short: 1 bytes'}])
      const old = [422, 'application/json', {error: 'unsupported WAL record version 1'}]
      expect(await answer([1, 1, 0x5b, 0x5d], '3')).toEqual(old)
      expect(await answer([2, 9, 0x90], '3')).toEqual([422, 'application/json', {error: 'unknown WAL signal tag 9'}])
      const error = 'fenced: record epoch is older than the current leader'
      const fenced = (epoch: number) => [409, 'application/json', {current: 3, epoch, error}]
      expect(await answer([2, 1, 0x90], '1')).toEqual(fenced(1))
      expect(await answer([2])).toEqual(fenced(0))
      expect(await answer([2, 1, 0x90], 'x')).toEqual(fenced(0))
    })
  })
}

/** Sends a frame as a leader does. */
function postFrame(url: string, bytes: number[], epoch?: string): Promise<Response> {
  const fence = epoch === undefined ? {} : {'x-tael-wal-epoch': epoch}
  return fetch(`${url}/internal/wal/records`, {
    method: 'POST', body: Uint8Array.from(bytes), headers: {'content-type': 'application/octet-stream', ...fence},
  })
}

/** The addresses of a node without coordination and of a query tier. */
export interface AloneTarget {
  node: string
  tier: string
  close(): Promise<void>
}

/** What servers without coordination answer on the same routes. */
export function taelAloneContract(name: string, start: () => Promise<AloneTarget>): void {
  describe(`tael without coordination: ${name}`, () => {
    let target: AloneTarget
    beforeAll(async () => {
      target = await start()
    })
    afterAll(() => target?.close())

    it('a node and a query tier say that they have none', async () => {
      for (const url of [target.node, target.tier]) {
        expect(await getJson(`${url}/internal/cluster`)).toEqual({enabled: false})
      }
    })
    it('a node takes frames without a fence, a query tier takes none', async () => {
      for (const epoch of ['5', '1']) expect((await postFrame(target.node, [2, 1, 0x90], epoch)).status).toBe(202)
      const refused = await postFrame(target.tier, [2, 1, 0x90], '1')
      const error = 'this store does not accept WAL replication'
      expect([refused.status, await refused.json()]).toEqual([422, {error}])
    })
    it('only a node knows its blobs', async () => {
      const own = await fetch(`${target.node}/internal/blobs/live`)
      expect([own.status, await own.json()]).toEqual([200, {count: 0, hashes: []}])
      const tier = await fetch(`${target.tier}/internal/blobs/live`)
      const error = 'this storage backend does not track blob references'
      expect([tier.status, await tier.json()]).toEqual([422, {error}])
    })
    it('a query tier takes alert rules that stay as they are, and its feeds are silent', async () => {
      const rule = {name: 'never', query: 'up >= 0'}
      const created = await fetch(`${target.tier}/api/v1/alerts`, {
        method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(rule),
      })
      expect(created.status).toBe(201)
      expect((await getJson(`${target.tier}/api/v1/alerts`))['alerts']).toMatchObject([{name: 'never', state: 'ok'}])
      const feed = await listen(`${target.tier}/api/v1/traces/live`)
      expect([feed.status, feed.messages]).toEqual([200, []])
      feed.stop()
    })
    it('counts no ingest at a query tier', async () => {
      const {pipelines, metric_series: series} = await getJson(`${target.tier}/api/v1/ingest/status`) as {
        pipelines: {records: number}[]; metric_series: {tracked: number}
      }
      expect([pipelines.map(({records}) => records), series.tracked]).toEqual([[0, 0, 0, 0, 0], 0])
    })
  })
}
