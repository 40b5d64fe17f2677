import { reasons } from '../api/conditions.ts'
import type { Application } from '../core/applications/application.ts'
import type { PolicyIdentity } from '../core/policy.ts'
import type { PatchOperation } from '../core/targets/application-patch.ts'
import { sourceTypes } from '../core/targets/source-type.ts'
import { ReconcileError } from '../errors.ts'
import type { Answer, Command, Surroundings } from './command.ts'
import { foreseeEdits, foreseePatch, placesOf, type Foreseen } from './foresee.ts'
import { json } from './formats/json.ts'
import { jsonPatch, unifiedDiff, type ChangedFile } from './formats/patch.ts'
import { readApplication, type GivenApplication } from './one-application.ts'
import { readPolicy, type GivenPolicy } from './one-policy.ts'
import { helpOf, parseOptions, type Manual } from './options.ts'
import { refusal } from './outcome.ts'
import { previewSettings, type PreviewSettings } from './preview-settings.ts'
import { printable } from './printable.ts'
import { openWorkingCopy, type WorkingCopy } from './working-copy.ts'
import { readWish } from './read-wish.ts'
import type { Wish } from './wish.ts'

const formats = ['diff', 'json'] as const

/** What `preview --help` says. */
export const manual: Manual = {
  command: 'preview',
  usage: 'preview -f policy.yaml --application app.yaml --directory DIR (--tag TAG | --tags FILE) [options]',
  about: [
    'Tells what a policy would write for an Application: a diff of files that git apply takes, or with method argocd the',
    'JSON Patch. Nothing is written, and nobody is asked. Ends with 0, with 1 when the write would be refused, the policy is',
    'not valid, or with --exit-code something would be written, with 2 when it is used wrongly.',
  ].join('\n'),
  options: {
    file: { short: 'f', value: 'FILE', help: 'the policy in YAML or JSON; - is standard input' },
    application: { value: 'FILE', help: 'the Application that the policy links; - is standard input' },
    directory: { value: 'DIR', help: 'the root of the git repository that is written to' },
    tag: { value: 'TAG', help: 'take this tag as chosen, whatever constraints and gates say' },
    digest: { value: 'DIGEST', help: 'the digest of --tag, where the policy writes digests' },
    tags: { value: 'FILE', help: 'choose from this list, as evaluate --tags; - is standard input' },
    'argocd-namespace': { value: 'NAME', help: 'where Argo CD runs (argocd)' },
    'exit-code': { help: 'end with 1 when something would be written' },
    output: { short: 'o', value: 'FORMAT', help: `${formats.join(', ')} (diff)`, among: formats },
  },
  examples: [
    'image-update-operator preview -f policy.yaml --application app.yaml --directory . --tag 1.5.0',
    'image-update-operator preview -f policy.yaml --application app.yaml --directory . --tags tags.txt | git apply',
    'kubectl get application web -o yaml | image-update-operator preview -f policy.yaml --application - --directory . --tag 1.5.0',
  ],
}

/** What `-o json` prints (docs/cli.md): members are added, never taken away or changed. */
export type PreviewReport =
  | { readonly kind: 'git'; readonly files: readonly ChangedFile[] }
  | { readonly kind: 'application'; readonly patch: readonly PatchOperation[] }
  | {
      readonly kind: 'refused'
      readonly path: string | null
      readonly line: number | null
      readonly reason: string
      readonly message: string
    }
  | { readonly kind: 'unchanged' }

/** See {@link manual}. */
export const preview: Command = async (args, surroundings) => {
  const options = parseOptions(args, manual)
  if (options.kind === 'help') return { status: 0, out: helpOf(manual) }
  const settings = options.kind === 'faults' ? options : previewSettings(options.values)
  if ('faults' in settings) return refusal({ ...settings, status: 2 })
  return await answerTo(settings, surroundings)
}

async function answerTo(settings: PreviewSettings, surroundings: Surroundings): Promise<Answer> {
  const [policy, application] = await Promise.all([
    readPolicy(settings.file, 'preview', surroundings),
    readApplication(settings.application, surroundings),
  ])
  if ('faults' in policy || 'faults' in application)
    return refusal(...[policy, application].filter((each) => 'faults' in each))
  const remarks: string[] = []
  const wish = await readWish(settings, policy.value.spec, { surroundings, remark: (each) => remarks.push(each) })
  if ('faults' in wish) return refusal(wish)
  const copy = openWorkingCopy(settings.directory)
  const foreseen = foreseenOf(policy.value, application.value, { settings, copy })
  const report = await reportOn(foreseen, wish.value, copy)
  if (report.kind === 'refused' && report.reason === reasons.applicationNotReady)
    remarks.push(...missingFolders(foreseen, copy))
  return answer(report, settings, [...new Set([...remarks, ...copy.remarks().map(printable)])])
}

/** What has no namespace is where the other is, as `kubectl apply -n` would have it. */
function foreseenOf(
  { name, namespace, spec, written }: GivenPolicy,
  given: GivenApplication,
  { settings, copy }: { settings: PreviewSettings; copy: WorkingCopy },
): Foreseen {
  const { argocdNamespace } = settings
  const own = given.application.namespace
  const policy: PolicyIdentity = {
    name,
    namespace: namespace ?? (own || argocdNamespace),
    uid: '',
    creationTimestamp: '',
    generation: 0,
  }
  const application: Application = { ...given.application, namespace: own || policy.namespace }
  const types = sourceTypes(given.written, (path) => copy.namesIn(path))
  const sourceTypesOf = application.sources.map((_, index) => application.sourceTypes[index] || types[index] || '')
  return { policy, spec, written, application: { ...application, sourceTypes: sourceTypesOf }, argocdNamespace }
}

/** A type that nothing tells is most often one whose folder was sought below the wrong root. */
function missingFolders({ application }: Foreseen, copy: WorkingCopy): readonly string[] {
  return application.sources.flatMap(({ path = '' }, index) =>
    application.sourceTypes[index] === '' && path !== '' && copy.namesIn(path) === undefined
      ? [`--directory has no folder ${printable(path)}, the path of source ${index}: name the root of its repository`]
      : [],
  )
}

async function reportOn(foreseen: Foreseen, wish: Wish, copy: WorkingCopy): Promise<PreviewReport> {
  try {
    const places = placesOf(foreseen)
    if (foreseen.spec.writeBack.method === 'argocd') {
      const patch = foreseePatch(places, wish)
      return patch.length === 0 ? { kind: 'unchanged' } : { kind: 'application', patch }
    }
    await foreseeEdits(places, wish, { copy, argocdNamespace: foreseen.argocdNamespace })
    const files = copy.changes().map(({ path, before, after }) => ({ path, before: before ?? null, after }))
    return files.length === 0 ? { kind: 'unchanged' } : { kind: 'git', files }
  } catch (error) {
    if (!(error instanceof ReconcileError)) throw error
    return refusedReport(error, copy)
  }
}

function refusedReport({ reason, message }: ReconcileError, copy: WorkingCopy): PreviewReport {
  const about = copy
    .asked()
    .filter((each) => [`${each}: `, `${each} `, `there is no file ${each};`].some((start) => message.startsWith(start)))
  const path = about.toSorted((a, b) => b.length - a.length)[0]
  const line = /^: line (\d+): /.exec(message.slice(path?.length))?.[1]
  return {
    kind: 'refused',
    path: path ?? null,
    line: line === undefined ? null : Number(line),
    reason,
    message,
  }
}

function answer(report: PreviewReport, settings: PreviewSettings, remarks: readonly string[]): Answer {
  const changes = report.kind === 'git' || report.kind === 'application'
  const status = report.kind === 'refused' || (changes && settings.exitCode) ? 1 : 0
  const isJson = settings.output === 'json'
  const out = isJson ? json(report) : textOf(report)
  const said = [...remarks, ...(isJson ? [] : sentenceOn(report))]
  return { status, ...(out === undefined ? {} : { out }), ...(said.length === 0 ? {} : { err: said.join('\n') }) }
}

function textOf(report: PreviewReport): string | undefined {
  if (report.kind === 'git') return unifiedDiff(report.files)
  return report.kind === 'application' ? jsonPatch(report.patch) : undefined
}

function sentenceOn(report: PreviewReport): readonly string[] {
  if (report.kind === 'refused') return [`${report.reason}: ${printable(report.message)}`]
  return report.kind === 'unchanged' ? ['nothing would be written'] : []
}
