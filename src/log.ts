import { pino, stdTimeFunctions, type DestinationStream } from 'pino'

/** Severities, least first, as `--log-level` spells them. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const
/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number]

type Write = (message: string, facts?: Readonly<Record<string, unknown>>) => void

/** A logger: the message is static, what varies goes into `facts`. */
export interface Logger {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}

/**
 * Makes the logger. `json` writes one object a line with `time` (RFC 3339), `level` and `message`; `text` writes
 * `time LEVEL message key=value …` for people. Lines go to `destination` (standard error unless given).
 */
export function createLogger(options: {
  level: LogLevel
  format: 'json' | 'text'
  destination?: DestinationStream
}): Logger {
  const destination = options.destination ?? { write: (line: string) => void process.stderr.write(line) }
  const log = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'message',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.format === 'json' ? destination : { write: (line: string) => destination.write(textLine(line)) },
  )
  const at =
    (level: LogLevel): Write =>
    (message, facts) =>
      log[level](flat(facts), message)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Errors are told by their own words and those of their causes of our making; stacks only of what is unexpected. */
function flat(facts: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([key, value]) => [key, value instanceof Error ? value.message : value]),
  )
}

function textLine(line: string): string {
  const { time, level, message, ...facts } = JSON.parse(line) as Record<string, unknown>
  const told = Object.entries(facts).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return `${String(time)} ${String(level).toUpperCase().padEnd(5)} ${String(message)}${told.join('')}\n`
}
