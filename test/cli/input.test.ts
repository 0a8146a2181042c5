import {describe, expect, it} from 'vitest'
import {parseDurationMs, parseSizeBytes} from '../../src/cli/quantity.ts'
import {isWithin, parsePoint, parseWindow} from '../../src/cli/time-input.ts'
import {wholeNumber} from '../../src/cli/flags.ts'
import {fc} from '../helpers/check.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const refused = expect.objectContaining({exit: 3})

describe('lengths of time', () => {
  it.each([
    ['250ms', 250], ['1.5s', 1_500], ['10m', 600_000], ['1h30m', 5_400_000], ['7d', 604_800_000], ['1w', 604_800_000],
    ['2h5m10s', 7_510_000], ['500us', 0.5], ['0s', 0],
  ])('%s', (text, ms) => expect(parseDurationMs(text)).toBe(ms))
  it('a plain number needs a unit to be meant', () => {
    expect(parseDurationMs('5', {bareUnit: 's'})).toBe(5_000)
    expect(() => parseDurationMs('5')).toThrow(refused)
  })
  it.each([
    ['banana'], [''], ['1H'], ['-5s'], ['5 minutes'], ['1m1h'], ['1m2m'], ['1e9s'], ['99999999999d'], ['٣s'], ['1..5s'],
  ])('%j is refused', text =>
    expect(() => parseDurationMs(text, {bareUnit: 's'})).toThrow(refused))
  it('never gives anything but a finite, positive number', () => {
    fc.assert(fc.property(fc.string(), text => {
      try {
        const value = parseDurationMs(text, {bareUnit: 's'})
        expect(value).toBeGreaterThanOrEqual(0)
        expect(Number.isFinite(value)).toBe(true)
      } catch (error) {
        expect(error).toEqual(refused)
      }
    }))
  })
})

describe('sizes', () => {
  it.each([
    ['512', 512], ['64KiB', 65_536], ['16MiB', 16_777_216], ['1.5GB', 1_500_000_000], ['2k', 2_000],
  ])('%s', (text, bytes) =>
    expect(parseSizeBytes(text)).toBe(bytes))
  it.each([['much'], [''], ['-1'], ['1XB'], ['99999999999TiB']])('%j is refused', text =>
    expect(() => parseSizeBytes(text)).toThrow(refused))
})

describe('sizes of any text', () => {
  it('are whole and safe, or refused', () => {
    fc.assert(fc.property(fc.oneof(
      fc.string(),
      fc.tuple(fc.double({min: 0, noNaN: true}), fc.constantFrom('', 'k', 'MiB', 'TB', 'x')).map(each => each.join('')),
    ), text => {
      try {
        expect(Number.isSafeInteger(parseSizeBytes(text))).toBe(true)
      } catch (error) {
        expect(error).toEqual(refused)
      }
    }))
  })
})

describe('points in time', () => {
  it.each([
    ['15m', '2026-11-21T11:45:00.000Z', true],
    ['2026-11-21T10:00Z', '2026-11-21T10:00:00.000Z', false],
    ['2026-11-21T10:00:30.5+02:00', '2026-11-21T08:00:30.500Z', false],
    ['2026-11-20 23:15Z', '2026-11-20T23:15:00.000Z', false],
  ])('%s', (text, at, isRelative) => {
    expect({...parsePoint(text, now), at: new Date(parsePoint(text, now).atMs).toISOString()}).toMatchObject({
      at, isRelative,
    })
  })
  it('a clock time is the last such moment, in local time', () => {
    const point = parsePoint('10:00', now).atMs
    expect(new Date(point).getHours()).toBe(10)
    expect(now - point).toBeGreaterThanOrEqual(0)
    expect(now - point).toBeLessThan(86_400_000)
  })
  it('yesterday is local midnight', () => {
    expect(new Date(parsePoint('yesterday', now).atMs).getHours()).toBe(0)
  })
  it.each([
    ['banana'], ['2026-13-01'], ['2026-02-30'], ['25:00'], ['2026-11-21T10'], [''], ['0001-01-01'], ['-15m'],
    ['2026-11-21T24:01Z'],
  ])('%j is refused', text =>
    expect(() => parsePoint(text, now)).toThrow(refused))
})

describe('windows', () => {
  it('are finite and in order, or refused', () => {
    const point = fc.oneof(fc.string(), fc.constantFrom(
      '10:00', 'yesterday', 'today',
    ), fc.tuple(fc.nat(), fc.constantFrom('ms', 's', 'm', 'h', 'd', 'w')).map(each => each.join('')),
      fc.date({min: new Date(0), max: new Date(2 * now), noInvalidDate: true}).map(each => each.toISOString()))
    fc.assert(fc.property(point, fc.option(point, {nil: undefined}), (since, until) => {
      try {
        const window = parseWindow({since, until}, now)
        expect(window.lastSeconds).toBeGreaterThanOrEqual(0)
        expect(window.lastSeconds).toBeLessThan(4e9)
        if (until !== undefined) expect(window.untilMs).toBeGreaterThan(now - window.lastSeconds! * 1_000)
      } catch (error) {
        expect(error).toEqual(refused)
      }
    }))
  })
  it('relative ones are left to the server', () =>
    expect(parseWindow({last: '1.5h'}, now)).toEqual({lastSeconds: 5_400}))
  it('absolute ones are cut here as well', () =>
    expect(parseWindow({since: '2026-11-21T11:00Z', until: '10m'}, now)).toEqual({
      lastSeconds: 3_600, sinceMs: now - 3_600_000, untilMs: now - 600_000,
    }))
  it('nothing is nothing', () => expect(parseWindow({}, now)).toEqual({}))
  it.each([
    [{since: '1h', last: '2h'}], [{since: '2027-01-01'}], [{since: '1h', until: '2h'}], [{last: 'x'}],
  ])('%j is refused', input =>
    expect(() => parseWindow(input, now)).toThrow(refused))
})

describe('whole numbers', () => {
  it.each([['0', 0], ['4_294_967_295', 4_294_967_295]])('%s', (text, value) =>
    expect(wholeNumber(text, 0, 4_294_967_295)).toBe(value))
  it.each([['4294967296'], ['-1'], ['1.5'], ['1e3'], [''], ['x']])('%j is refused', text =>
    expect(() => wholeNumber(text, 0, 4_294_967_295)).toThrow(refused))
})

describe('an absolute window', () => {
  it.each([
    [{}, 5n, true],
    [{sinceMs: 1}, 999_999n, false],
    [{sinceMs: 1}, 1_000_000n, true],
    [{untilMs: 1}, 999_999n, true],
    [{untilMs: 1}, 1_000_000n, false],
    [{sinceMs: 1, untilMs: 2}, 1_999_999n, true],
    [{sinceMs: 1, untilMs: 2}, 2_000_001n, false],
    [{lastSeconds: 1}, 0n, true],
  ])('%o holds %s ns: %s', (window, atNs, expected) => {
    expect(isWithin(window, atNs)).toBe(expected)
  })
})
