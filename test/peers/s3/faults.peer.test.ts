import {describe} from 'vitest'
import {faultCases} from './faults.ts'
import {startMoto, startS3} from './start.ts'

describe('faults of the connection and of versitygw', () => faultCases(startS3, 2_000))
describe('faults of the connection and of moto', () =>
  faultCases(startMoto, 2_000, '503 SlowDown', 'connection cut before the answer', 'truncated answer'))
