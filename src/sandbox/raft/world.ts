import type {Liveness} from '../switchable.ts'
import {Member, type Ambient} from './member.ts'
import {Http2Port} from './port.ts'
import {serveCall} from './server.ts'
import {RaftService, type MemberInfo} from './service.ts'

/** How often members look at their clocks. */
const tickMs = 20

export interface RaftNodeSwitch {
  readonly id: number
  readonly endpoint: string
  readonly liveness: Liveness
  /** `leader`, `follower`, `candidate`, or `not ready`. */
  readonly role: string
  kill(): Promise<void>
  freeze(): void
  revive(): Promise<void>
}

/** A small d-engine cluster in this process, behind real ports. */
export interface RaftWorld {
  endpoints: Record<string, string>
  nodes: readonly RaftNodeSwitch[]
  /** Writes through the leader; false without one. */
  put(key: string, value: Buffer): Promise<boolean>
  stop(): Promise<void>
}

export interface RaftWorldOptions extends Ambient {
  /** Whether a ttl is taken; a real server has leases off unless it is told otherwise. */
  hasLeases: boolean
}

/** Starts three voters on free ports of 127.0.0.1; a leader is there one election later. */
export async function startRaftWorld(options: RaftWorldOptions): Promise<RaftWorld> {
  const members = [1, 2, 3].map(id => new Member(id, options, options.hasLeases))
  for (const member of members) member.meet(members)
  const infos: MemberInfo[] = []
  const services = members.map(member => new RaftService(member, infos, options.nowMs))
  const ports = await Promise.all(services.map(service =>
    Http2Port.open((stream, headers) => serveCall(service, stream, headers))))
  infos.push(...members.map(({id}, at) => ({id, address: `127.0.0.1:${ports[at]!.port}`})))
  const timer = setInterval(() => members.forEach(member => member.tick()), tickMs)
  return {
    endpoints: Object.fromEntries(infos.map(({id, address}) => [String(id), address])),
    nodes: members.map((member, at) => switchOf(member, ports[at]!)),
    async put(key, value) {
      const leader = members.find(member => member.isReady && member.role === 'leader')
      return leader !== undefined && leader.propose({insert: {key: Buffer.from(key), value}})
    },
    stop: async () => {
      clearInterval(timer)
      await Promise.all(ports.map(port => port.stop()))
    },
  }
}

function switchOf(member: Member, port: Http2Port): RaftNodeSwitch {
  return {
    id: member.id,
    endpoint: `127.0.0.1:${port.port}`,
    get liveness() {
      return member.liveness
    },
    get role() {
      return member.isReady ? member.role : 'not ready'
    },
    async kill() {
      if (member.liveness === 'down') return
      member.liveness = 'down'
      member.restart()
      await port.close()
    },
    freeze() {
      if (member.liveness !== 'up') return
      member.freeze()
      port.freeze()
    },
    async revive() {
      if (member.liveness === 'down') await port.reopen()
      if (member.liveness === 'frozen') port.thaw()
      member.thaw()
    },
  }
}
