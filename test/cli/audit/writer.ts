// Appends records to an audit log: node writer.ts FILE WRITER COUNT ROTATE_AT_BYTES [TARGET_BYTES]
import {appendAudit} from '../../../src/cli/audit/append.ts'
import type {AuditRecord} from '../../../src/cli/audit.ts'

const [file = '', writer = '', count = '', rotateAtBytes = '', targetBytes] = process.argv.slice(2)
for (let nth = 0; nth < Number(count); nth += 1) {
  const record = {at: new Date().toISOString(), id: `${writer}-${nth}`, target: 'x'.repeat(targetBytes ? Number(targetBytes) : Math.floor(Math.random() * 3_000))}
  await appendAudit(file, record as AuditRecord, {rotateAtBytes: Number(rotateAtBytes)})
}
