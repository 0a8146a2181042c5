/** `BIN help TOPIC`: what holds for all commands. */
export const helpTopics: Record<string, string> = {
  'exit-codes': `EXIT CODES

  0    ok
  1    failure that has no code of its own
  2    nothing found (tael: every empty query; empty lists of ctl and snap are 0)
  3    wrong words: flag, argument, query, configuration
  4    unreachable: refused, timed out, cut off
  5    unauthorized
  6    an --exit-on condition was met
  7    conflict: held by somebody else, changed meanwhile, fenced
  8    timed out waiting
  9    partial: something is missing from the answer, and named
  10   the lease was lost while the command ran
  11   integrity: a hash or checksum does not match
  12   refused by policy: read-only, not confirmed, protected
  125  exec: failure of exec itself; 126 not executable, 127 not found
  130  interrupted, 143 terminated

  Every code but 0 comes with a reason on stderr; with -o json it is one line of JSON:
  {"error":…,"category":…,"exit_code":…,"code":…,"hint":…}
`,
  environment: `ENVIRONMENT

  OPSDECK_CONTEXT     context to use; empty for none
  OPSDECK_CONFIG      configuration file instead of $XDG_CONFIG_HOME/opsdeck/config.yaml
  OPSDECK_OUTPUT      default of -o; most flags have such a twin, OPSDECK_ and the flag's name
  OPSDECK_OPERATOR    who acts, for the audit log and as holder; set it in CI
  OPSDECK_READONLY    refuse every change
  OPSDECK_ASCII       no characters beyond ASCII
  OPSDECK_DEBUG       show where an error came from
  NO_COLOR            no colour; CLICOLOR_FORCE asks for it in a pipe
  TAEL_API_KEY        key for tael
  SCOUTER_STORAGE_URI control table of the tasks
  NATS_URL            lease store
  AWS_*               S3, as the AWS tools read them

  A flag wins over the environment, the environment over the context, the context over the default.
  ctl context show --origin prints each value with where it came from.
`,
  formatting: `OUTPUT

  -o table    plain columns, the same in a terminal and in a pipe
  -o wide     all columns
  -o json     lists are {"items": […]}, a single thing is the object itself
  -o jsonl    one item a line
  -o yaml     as json
  -o csv      all columns with a header; times with every digit, durations as numbers in milliseconds
  -o name     the one word that other commands take

  --columns a,b   --sort-by [-]column   --no-headers
  tael: --format json prints the server's own document, as the Rust tael does.

  Control characters in data are shown as escapes and never reach the terminal. Data is on stdout,
  everything else on stderr. In a pipe nothing is coloured or cut.
`,
  time: `TIME

  --since and --until take
    15m  2h  1h30m  7d  1w  1.5h  500ms     so long ago
    10:00  10:00:30                         the last such moment, local time
    today  yesterday  2026-11-21            midnight, local time
    2026-11-21T10:00Z  2026-11-21 10:00     a moment; without a zone it is local
  --last is the older name of --since. A plain number is seconds. Anything else is an error (exit 3).

  Times are printed in UTC. Machine formats carry every digit that the server sent.
`,
  contexts: `CONTEXTS

  A context names where the systems are. They live in $XDG_CONFIG_HOME/opsdeck/config.yaml, mode 0600.

  ctl context add prod tael.url=https://tael.example raft.endpoints.1=10.0.0.1:9081
  ctl context use prod          ctl context use -      (the one before)
  ctl context show --origin     ctl context validate --connect

  Sections: tael, tasks, leases, raft, artifacts, directives. Secrets are references: env://NAME,
  file://PATH, exec://COMMAND. danger: true asks for a reason and a typed name before changes, readonly: true
  refuses them.
`,
}
