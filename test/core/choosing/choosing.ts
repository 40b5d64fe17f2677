import type { StrategyName } from '../../../src/api/v1alpha1.ts'
import type { Scan, TagMetadata } from '../../../src/core/choosing/candidate.ts'
import { candidatesOf, evaluate, type Evaluation, type Known } from '../../../src/core/choosing/evaluate.ts'
import { parsePolicy } from '../../../src/core/parse-policy/parse-policy.ts'
import type { PolicySpec } from '../../../src/core/policy.ts'

/** `spec.constraints` as a user writes it, with the strategy in front. */
export interface Choosing {
  readonly strategy?: StrategyName
  readonly version?: string
  readonly prereleases?: boolean
  readonly tag?: string
  readonly allowTags?: string
  readonly ignoreTags?: readonly string[]
  readonly extract?: string
  readonly platforms?: readonly string[]
  readonly minAge?: string
}

/** 2026-01-01T00:00:00Z. */
export const now = Date.UTC(2026, 0, 1)

/** A parsed policy that chooses so; throws where the spec has faults. */
export function policy({ strategy = 'semver', ...constraints }: Choosing): PolicySpec {
  const parsed = parsePolicy({ image: 'ghcr.io/acme/web', strategy, constraints, applications: [{ name: 'web' }] })
  if (!parsed.ok) throw new Error(parsed.faults.map(({ path, message }) => `${path}: ${message}`).join('; '))
  return parsed.spec
}

/** A scan with these tags. */
export function scan(tags: readonly string[]): Scan {
  return { tags, revision: 'any', at: now }
}

/** Evaluates tags from scratch. */
export function evaluated(
  choosing: Choosing,
  tags: readonly string[],
  metadata?: ReadonlyMap<string, TagMetadata>,
  known: Partial<Known> = {},
): Evaluation {
  const spec = policy(choosing)
  const told = metadata === undefined ? {} : { metadata }
  return evaluate(spec, candidatesOf(spec, scan(tags)), { now, ...told, ...known })
}

/** The tag that is chosen. */
export function chosen(choosing: Choosing, tags: readonly string[]): string | undefined {
  return evaluated(choosing, tags).choice?.tag
}

/** `{ reason: [tags] }` of everything that is left out. */
export function reasonsOf({ rejected }: Evaluation): Readonly<Record<string, readonly string[]>> {
  const grouped: Record<string, string[]> = {}
  for (const { tag, reason } of rejected) (grouped[reason] ??= []).push(tag)
  return grouped
}
