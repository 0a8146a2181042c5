import {onTestFinished} from 'vitest'
import type {Peer} from './start.ts'

/** A peer that one test needs for itself: stopped with the test, also when it fails. */
export async function forThisTest(starting: Promise<Peer>): Promise<Peer> {
  const peer = await starting
  onTestFinished(() => peer.stop())
  return peer
}
