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
    const leads = async (node: LiveNode) => (await claims(node)).isLeader
    /** The first leads, the second does not. */
    const settled = () => until(async () => (await leads(first)) === true && (await leads(second)) === false, pair.pace)
    const post = (node: LiveNode, body: Uint8Array<ArrayBuffer>, epoch?: string) => fetch(`${node.url}/internal/wal/records`, {
      method: 'POST', body, headers: {'content-type': 'application/octet-stream', ...(epoch === undefined ? {} : {'x-tael-wal-epoch': epoch})},
    })

    it('both say who they are; the epoch is of their own last reign', async () => {
      expect(await Promise.all([first, second].map(node => getJson(`${node.url}/internal/cluster`)))).toEqual([
        {enabled: true, epoch: 1, is_leader: true, node_id: pair.ids[0]}, {enabled: true, epoch: 1, is_leader: false, node_id: pair.ids[1]},
      ])
    })

    it('what the leader takes is at the standby too, in its WAL but not in its buses, feeds and counters', async () => {
      const span = aSpan('shipped')
      const [own, other] = [await listen(`${first.url}/api/v1/traces/live`), await listen(`${second.url}/api/v1/traces/live`)]
      await first.ingest({spans: [span], logs: [aLog('shipped too')]})
      await until(() => own.messages.length === 1)
      const at = async (node: LiveNode) => (await getJson(`${node.url}/api/v1/traces/${span.trace_id}`))['spans']
      expect(await at(second)).toEqual(await at(first))
      expect((await getJson(`${second.url}/api/v1/logs?body_contains=shipped`))['count']).toBe(1)
      const frames = async (topic: 'tael_wal' | 'spans') => (await readWal(second.walDir, {topic})).filter(frame => frame.signal === 'spans')
      expect((await frames('tael_wal')).flatMap(frame => frame.records.map(record => record['operation']))).toContain('shipped')
      expect(await frames('spans')).toEqual([])
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

    it('back, the first leads with epoch 1 again, lower than before, and for a while both do; it has its data, not what it missed', async () => {
      const missed = aSpan('missed')
      await second.ingest({spans: [missed]})
      await first.revive()
      await until(async () => (await leads(first)) === true, pair.pace)
      expect(await Promise.all([claims(first), claims(second)])).toEqual([{isLeader: true, epoch: 1}, {isLeader: true, epoch: 2}])
      await settled()
      expect(await Promise.all([claims(first), claims(second)])).toEqual([{isLeader: true, epoch: 1}, {isLeader: false, epoch: 2}])
      expect((await getJson(`${first.url}/api/v1/traces?operation=shipped`))['spans']).toHaveLength(1)
      expect((await fetch(`${first.url}/api/v1/traces/${missed.trace_id}`)).status).toBe(404)
    })

    it('with the leader frozen the second leads with epoch 3; thawed, both do for a while, the first still with 1', async () => {
      first.freeze()
      await until(() => leads(second).then(Boolean), pair.pace)
      expect(await claims(second)).toEqual({isLeader: true, epoch: 3})
      await first.revive()
      expect(await claims(first)).toEqual({isLeader: true, epoch: 1})
      await settled()
      expect(await claims(second)).toEqual({isLeader: false, epoch: 3})
    })

    it('a standby takes a frame, and refuses one that it cannot read or that is of an older epoch, before it looks inside', async () => {
      await restart(second)
      await settled()
      const answer = async (body: number[], epoch?: string) => {
        const {status, headers, text} = await post(second, Uint8Array.from(body), epoch).then(async each => ({status: each.status, headers: each.headers, text: await each.text()}))
        return [status, headers.get('content-type'), headers.get('content-type') === 'application/json' ? JSON.parse(text) : text]
      }
      expect(await answer([2, 1, 0x90], '3')).toEqual([202, 'text/plain; charset=utf-8', 'applied'])
      expect(await answer([2], '3')).toEqual([422, 'application/json', {error: 'WAL record too short: 1 bytes'}])
      expect(await answer([1, 1, 0x5b, 0x5d], '3')).toEqual([422, 'application/json', {error: 'unsupported WAL record version 1'}])
      expect(await answer([2, 9, 0x90], '3')).toEqual([422, 'application/json', {error: 'unknown WAL signal tag 9'}])
      const fenced = (epoch: number) => [409, 'application/json', {current: 3, epoch, error: 'fenced: record epoch is older than the current leader'}]
      expect(await answer([2, 1, 0x90], '1')).toEqual(fenced(1))
      expect(await answer([2])).toEqual(fenced(0))
      expect(await answer([2, 1, 0x90], 'x')).toEqual(fenced(0))
    })
  })
}

/** What servers without coordination answer on the same routes. */
export function taelAloneContract(name: string, start: () => Promise<{node: string; tier: string; close(): Promise<void>}>): void {
  describe(`tael without coordination: ${name}`, () => {
    let target: {node: string; tier: string; close(): Promise<void>}
    beforeAll(async () => {
      target = await start()
    })
    afterAll(() => target?.close())

    it('a node and a query tier say that they have none', async () => {
      expect([await getJson(`${target.node}/internal/cluster`), await getJson(`${target.tier}/internal/cluster`)]).toEqual([{enabled: false}, {enabled: false}])
    })
    it('a node takes frames without a fence, a query tier takes none', async () => {
      const post = (url: string) => fetch(`${url}/internal/wal/records`, {method: 'POST', body: Uint8Array.of(2, 1, 0x90), headers: {'x-tael-wal-epoch': '1'}})
      expect((await post(target.node)).status).toBe(202)
      const refused = await post(target.tier)
      expect([refused.status, await refused.json()]).toEqual([422, {error: 'this store does not accept WAL replication'}])
    })
    it('only a node knows its blobs', async () => {
      const [own, tier] = [await fetch(`${target.node}/internal/blobs/live`), await fetch(`${target.tier}/internal/blobs/live`)]
      expect([own.status, await own.json()]).toEqual([200, {count: 0, hashes: []}])
      expect([tier.status, await tier.json()]).toEqual([422, {error: 'this storage backend does not track blob references'}])
    })
    it('a query tier takes alert rules that stay as they are, and its feeds are silent', async () => {
      const rule = {name: 'never', query: 'up >= 0'}
      const created = await fetch(`${target.tier}/api/v1/alerts`, {method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(rule)})
      expect(created.status).toBe(201)
      expect((await getJson(`${target.tier}/api/v1/alerts`))['alerts']).toMatchObject([{name: 'never', state: 'ok'}])
      const feed = await listen(`${target.tier}/api/v1/traces/live`)
      expect([feed.status, feed.messages]).toEqual([200, []])
      feed.stop()
    })
    it('counts no ingest at a query tier', async () => {
      const {pipelines, metric_series: series} = await getJson(`${target.tier}/api/v1/ingest/status`) as {pipelines: {records: number}[]; metric_series: {tracked: number}}
      expect([pipelines.map(({records}) => records), series.tracked]).toEqual([[0, 0, 0, 0, 0], 0])
    })
  })
}
