/** Why each setting of the embedded server is as it is. Written anew at each start, so that old clusters get them too. */
const SETTINGS = [
  ['listen_addresses', "'127.0.0.1'", 'never reachable from another machine'],
  ['unix_socket_directories', "''", 'socket paths are limited to 107 bytes; DATA_DIR may be longer'],
  ['max_connections', '100', 'many processes of one machine, a few connections each'],
  ['shared_buffers', '128MB', 'the hot path appends; it reads almost nothing back'],
  ['fsync', 'on', 'promise 1: a record is on the disk before its payload crosses'],
  ['full_page_writes', 'on', 'a torn page after a power cut must be mendable'],
  ['synchronous_commit', 'on', 'a commit that is reported is flushed'],
  ['wal_compression', 'on', 'compresses full-page images only: less to flush after each checkpoint'],
  ['jit', 'off', 'short statements: compiling costs more than it saves'],
  ['timezone', "'UTC'", 'records carry UTC'],
  ['log_timezone', "'UTC'", 'the log file too'],
  ['lc_messages', "'C'", 'the starter reads the log file'],
  ['log_checkpoints', 'off', 'the log file is for faults'],
  ['log_line_prefix', "'%m [%p] %q%u@%d '", 'who caused a fault'],
  ['password_encryption', "'scram-sha-256'", 'no weaker hash is ever stored'],
] as const

/** The text of postgresql.conf. An operator's local.conf is read first, so durability cannot be switched off there. */
export function settingsText(port: number): string {
  const lines = SETTINGS.map(([name, value, reason]) => `${name} = ${value} # ${reason}`)
  return [
    '# Written by the gateway at each start; settings of your own go into local.conf beside this file.',
    "include_if_exists 'local.conf'",
    `port = ${port}`,
    ...lines,
    '',
  ].join('\n')
}
