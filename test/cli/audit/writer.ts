// Appends records to an audit log and prints their ids: node writer.ts FILE WRITER COUNT ROTATE_AT_BYTES [TARGET_BYTES [KILL_AFTER_MS]]
import {appendAudit} from '../../../src/cli/audit/append.ts'
import type {AuditRecord} from '../../../src/cli/audit.ts'

const [file = '', writer = '', count = '', rotateAtBytes = '', targetBytes, killAfterMs] = process.argv.slice(2)
if (killAfterMs) setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(killAfterMs))
for (let nth = 0; nth < Number(count); nth += 1) {
  const record = {
    at: new Date().toISOString(),
    id: `${writer}-${nth}`,
    target: 'x'.repeat(targetBytes ? Number(targetBytes) : Math.floor(Math.random() * 3_000)),
  }
  await appendAudit(file, record as AuditRecord, {rotateAtBytes: Number(rotateAtBytes)})
  // Said only when it is in the log.
  process.stdout.write(`${record.id}\n`)
}
