import { createHash } from 'node:crypto'
import { applyEdit } from '../../src/core/targets/file-edit.ts'
import { overrideEdit } from '../../src/core/targets/override-file.ts'
import type { OverridePlace } from '../../src/core/targets/override-place.ts'
import { parseRepository } from '../../src/core/reference.ts'

/** An Application of the benchmarks: its name, and its folder in the configuration repository. */
export interface App {
  readonly name: string
  readonly folder: string
}

const repository = parseRepository('registry.example.com/acme/web')
if (!repository.ok) throw new Error(repository.fault)
const image = repository.value

/** Applications in folders of teams: `team-03/app-017`. */
export function appsOf(teams: number, each: number): readonly App[] {
  return Array.from({ length: teams * each }, (_, index) => {
    const team = String(Math.floor(index / each)).padStart(2, '0')
    const name = `app-${String(index).padStart(5, '0')}`
    return { name, folder: `team-${team}/${name}` }
  })
}

/** Four files for each Application: a chart with its values, and the override file as the operator wrote it before. */
export function filesOf(apps: readonly App[]): Record<string, string> {
  return Object.fromEntries(
    apps.flatMap(({ name, folder }) => [
      [`${folder}/Chart.yaml`, `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n`],
      [`${folder}/values.yaml`, valuesOf(name)],
      [`${folder}/templates/deployment.yaml`, `kind: Deployment\nmetadata: {name: ${name}}\n${prose(name, 12)}`],
      [placeOf({ name, folder }).path, overrideText({ name, folder }, '1.0.0')],
    ]),
  )
}

/** Where the operator writes for an Application. */
export function placeOf({ name, folder }: App): OverridePlace {
  return {
    path: `${folder}/.argocd-source-${name}.yaml`,
    folderPath: `${folder}/.argocd-source.yaml`,
    target: { tool: 'helm', image, places: [{ tag: 'image.tag' }], kustomizeName: image.written, digestOnly: false },
    own: [],
    policy: 'argocd/web',
    application: `argocd/${name}`,
  }
}

function overrideText(app: App, value: string): string {
  const place = placeOf(app)
  const result = applyEdit(overrideEdit(place, { to: value, decidedUpon: { values: [undefined] } }), new Map())
  if (result.kind !== 'edited') throw new Error(`${place.path}: ${result.kind}`)
  return result.text
}

function valuesOf(name: string): string {
  return `image:\n  repository: ${image.written}\n  tag: "1.0.0"\n${prose(name, 24)}`
}

/** Lines that compress no better than what people write. */
function prose(seed: string, lines: number): string {
  return Array.from({ length: lines }, (_, line) => {
    const words = createHash('sha256').update(`${seed} ${line}`).digest('base64')
    return `# ${line}: ${words.slice(0, 30)}\n`
  }).join('')
}
