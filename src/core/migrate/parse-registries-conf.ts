import { LineCounter, parseDocument } from 'yaml'
import { isFields } from '../fields.ts'
import { anyText, faulty, flag, found, list, oneOf, text, type Fault, type Field } from '../parse-policy/fields.ts'
import { object } from '../parse-policy/object-field.ts'
import { parsed } from '../result.ts'

/** What Argo CD Image Updater's `registries.conf` says of one registry. */
export interface PeerRegistry {
  readonly name: string
  readonly api_url: string
  readonly prefix?: string | undefined
  readonly ping?: boolean | undefined
  readonly credentials?: string | undefined
  readonly credsexpire?: string | undefined
  readonly tagsortmode?: string | undefined
  readonly insecure?: boolean | undefined
  readonly ca_file?: string | undefined
  readonly ca_data?: string | undefined
  readonly defaultns?: string | undefined
  readonly limit?: number | undefined
  readonly default?: boolean | undefined
}

/** Its registries, or all its faults. */
export type ParsedConf =
  | { readonly ok: true; readonly registries: readonly PeerRegistry[] }
  | { readonly ok: false; readonly faults: readonly Fault[] }

const some = text(4096, parsed)
const count: Field<number> = (value) =>
  typeof value === 'number' && value >= 0 ? found(value) : faulty('must be a number of requests a second')

const sortMode: Field<string> = (value) =>
  value === '' ? found('none') : oneOf(['latest-first', 'latest-last', 'none'])(value)

const fields = object(
  {
    registries: list(
      object(
        {
          name: some,
          api_url: some,
          prefix: anyText(512),
          ping: flag,
          credentials: anyText(4096),
          credsexpire: anyText(64),
          tagsortmode: sortMode,
          insecure: flag,
          ca_file: anyText(4096),
          ca_data: anyText(262_144),
          defaultns: anyText(255),
          limit: count,
          default: flag,
        },
        { required: { name: 'every registry of registries.conf has one', api_url: 'write where the registry is' } },
      ),
      { most: 500 },
    ),
  },
  { required: { registries: 'registries.conf is a list of that name' } },
)

/** The key of the ConfigMap `argocd-image-updater-config` under which the file stands. */
const key = 'registries.conf'

/** Parses `registries.conf`, or the ConfigMap in which it stands. */
export function parseRegistriesConf(content: string): ParsedConf {
  const written = yamlOf(content)
  if (!written.ok) return written
  if (!isFields(written.value) || written.value['kind'] !== 'ConfigMap') return registriesOf(written.value)
  const data = isFields(written.value['data']) ? written.value['data'][key] : undefined
  if (typeof data !== 'string')
    return {
      ok: false,
      faults: [{ path: '', message: `is a ConfigMap without the key ${key}: nothing is to be migrated` }],
    }
  const inner = yamlOf(data)
  return inner.ok ? registriesOf(inner.value) : inner
}

function registriesOf(written: unknown): ParsedConf {
  const { value, faults } = fields(written)
  return value === undefined ? { ok: false, faults } : { ok: true, registries: value.registries }
}

type Written = { readonly ok: true; readonly value: unknown } | Extract<ParsedConf, { ok: false }>

/** As Go reads it: `yes` is true. */
function yamlOf(content: string): Written {
  const lines = new LineCounter()
  const document = parseDocument(content, {
    version: '1.1',
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const [error] = document.errors
  const refused = (message: string): Written => ({ ok: false, faults: [{ path: '', message }] })
  if (error !== undefined) return refused(`is no YAML: look at line ${lines.linePos(error.pos[0]).line}`)
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 100 }) as unknown }
  } catch {
    return refused('has too many aliases')
  }
}
