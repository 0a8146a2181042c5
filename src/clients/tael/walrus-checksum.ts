/** The checksum of nothing; also the seed of a chained checksum. */
export const emptyChecksum = 0xcbf29ce484222325n

/**
 * FNV-1a 64 of `bytes[start, end)`, the checksum of a walrus entry's payload. `seed` is the checksum of the
 * bytes before, so that a payload can be summed in parts. 64-bit arithmetic in two halves: the prime is
 * 2^40 + 435, so the high half is `high * 435 + carry + low * 2^8`.
 */
export function fnv1a64(bytes: Uint8Array, start = 0, end = bytes.length, seed = emptyChecksum): bigint {
  let low = Number(seed & 0xffff_ffffn) | 0
  let high = Number(seed >> 32n) | 0
  for (let at = start; at < end; at += 1) {
    low ^= bytes[at]!
    const first = (low & 0xffff) * 435
    const second = (low >>> 16) * 435 + (first >>> 16)
    high = (Math.imul(high, 435) + (second >>> 16) + (low << 8)) | 0
    low = (second << 16) | (first & 0xffff)
  }
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
}

/** 16 hexadecimal digits. */
export function checksumText(checksum: bigint): string {
  return checksum.toString(16).padStart(16, '0')
}
