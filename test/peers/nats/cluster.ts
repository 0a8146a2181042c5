import type {ChildProcess} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {connect, type NatsConnection} from '@nats-io/transport-node'
import {freePorts} from '../../helpers/ports.ts'
import {end, launch} from './start.ts'

export interface NatsCluster {
  /** Of all three, with commas. */
  url: string
  urls: string[]
  /** Index of the server that leads the stream of a bucket. */
  leaderOf(bucket: string): Promise<number>
  /** Makes a bucket with three replicas. */
  createBucket(bucket: string, history: number): Promise<void>
  /** Asks the leader of a bucket's stream to step down, and waits until another leads. */
  moveLeader(bucket: string): Promise<void>
  kill(index: number): Promise<void>
  restart(index: number): Promise<void>
  stop(): Promise<void>
}

interface Member {
  name: string
  url: string
  words: string[]
  health: number
  server: ChildProcess
}

/** Three nats-servers 2.15.2 as one cluster, each with a folder of its own. */
export async function startNatsCluster(): Promise<NatsCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-nats-cluster-'))
  const ports = await freePorts(9)
  const routes = [3, 4, 5].map(at => `nats://127.0.0.1:${ports[at]}`).join(',')
  const members = await Promise.all([0, 1, 2].map(async (at): Promise<Member> => {
    const name = `n${at}`
    const health = ports[6 + at]!
    const words = [
      '-js', '-a', '127.0.0.1', '-p', String(ports[at]), '-sd', join(folder, name), '-m', String(health), '-n', name,
      '--cluster_name', 'test', '--cluster', `nats://127.0.0.1:${ports[3 + at]}`, '--routes', routes,
    ]
    return {name, url: `nats://127.0.0.1:${ports[at]}`, words, health, server: await launch('2.15.2', words, health)}
  }))
  const ask = async <T>(work: (connection: NatsConnection) => Promise<T>): Promise<T> => {
    const connection = await connect({servers: members.map(member => member.url), timeout: 5_000})
    return work(connection).finally(() => connection.close())
  }
  const leader = async (bucket: string) => {
    for (;;) {
      const found = await ask(async connection => {
        const {data} = await connection.request(`$JS.API.STREAM.INFO.KV_${bucket}`, '', {timeout: 2_000})
        return (JSON.parse(new TextDecoder().decode(data)) as {cluster?: {leader?: string}}).cluster?.leader
      }).catch(() => undefined)
      const index = members.findIndex(member => member.name === found)
      if (index >= 0) return index
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
  return {
    url: members.map(member => member.url).join(','), urls: members.map(member => member.url),
    leaderOf: leader,
    async createBucket(bucket, history) {
      const config = {
        name: `KV_${bucket}`, subjects: [`$KV.${bucket}.>`], max_msgs_per_subject: history, num_replicas: 3,
        discard: 'new',
        allow_direct: true, allow_rollup_hdrs: true, storage: 'file', retention: 'limits', max_msgs: -1, max_bytes: -1,
        max_age: 0,
      }
      await made(() => ask(async connection => {
        const {data} = await connection.request(`$JS.API.STREAM.CREATE.KV_${bucket}`, JSON.stringify(config), {
          timeout: 5_000,
        })
        return !new TextDecoder().decode(data).includes('"error"')
      }))
      await leader(bucket)
    },
    async moveLeader(bucket) {
      const before = await leader(bucket)
      await ask(connection => connection.request(`$JS.API.STREAM.LEADER.STEPDOWN.KV_${bucket}`, '', {timeout: 5_000}))
      while ((await leader(bucket)) === before) await new Promise(resolve => setTimeout(resolve, 50))
    },
    kill: index => end(members[index]!.server, 'SIGKILL'),
    async restart(index) {
      const member = members[index]!
      member.server = await launch('2.15.2', member.words, member.health)
    },
    async stop() {
      await Promise.all(members.map(member => end(member.server, 'SIGKILL')))
      await rm(folder, {recursive: true, force: true})
    },
  }
}

/** A cluster that has just begun may not have a leader for its own affairs yet. */
async function made(work: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await work().catch(() => false)) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('the cluster made no bucket')
}
