import type {Tone} from '../../format/view.ts'

export type EventKind =
  | 'leader changed' | 'leader lost' | 'leader back' | 'node lost' | 'node back'
  | 'shard lost' | 'shard back' | 'split' | 'healed'
  | 'task stuck' | 'task taken over' | 'task claimed twice'
  | 'lease taken over' | 'lease expired'
  | 'directive published' | 'directive revoked' | 'directive expired'
  | 'alert firing' | 'alert resolved'
  | 'source lost' | 'source back'

/** Something that happened between two readings. */
export interface Happening {
  kind: EventKind
  /** What it happened to: a node, a task, a key. */
  subject: string
  text: string
}

export interface DashEvent extends Happening {
  id: number
  /** When it was seen, milliseconds since the epoch. */
  atMs: number
  acknowledged: boolean
}

/** A rule's answer: what it must remember for the next reading, and what happened. */
export interface Seen<M> {
  memory: M
  happened: Happening[]
}

const tones: Partial<Record<EventKind, Tone>> = {
  'leader lost': 'bad', 'node lost': 'bad', 'shard lost': 'bad', split: 'bad', 'task stuck': 'bad',
  'task claimed twice': 'bad',
  'lease taken over': 'warn', 'lease expired': 'warn', 'task taken over': 'warn', 'leader changed': 'warn',
  'alert firing': 'bad',
  'source lost': 'bad', 'directive expired': 'dim',
}

export function toneOf(kind: EventKind): Tone {
  return tones[kind] ?? 'good'
}
