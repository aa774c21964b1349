import winston from 'winston'

/** Lines for operators, on stderr. Never audit: a line may be lost, and none holds anything of a payload. */
export interface OperationsLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

export function operationsLog(level: 'info' | 'warn' | 'error' = 'info'): OperationsLog {
  const logger = winston.createLogger({
    level,
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Console({ stderrLevels: ['info', 'warn', 'error'] })],
  })
  return {
    info: (message, fields) => void logger.info(message, fields),
    warn: (message, fields) => void logger.warn(message, fields),
    error: (message, fields) => void logger.error(message, fields),
  }
}

/** What may be said of a thrown value: its name, code and message, and that of its cause. Our own messages hold no payload. */
export function describe(thrown: unknown): Readonly<Record<string, unknown>> {
  if (!(thrown instanceof Error)) return { thrown: typeof thrown }
  const { code } = thrown as NodeJS.ErrnoException
  return {
    error: thrown.name,
    message: thrown.message,
    ...(code === undefined ? {} : { code }),
    ...(thrown.cause === undefined ? {} : { cause: describe(thrown.cause) }),
  }
}
