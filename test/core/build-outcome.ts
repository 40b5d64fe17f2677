import type { Told } from '../../src/core/choosing/evaluate.ts'
import type { ApplicationOutcome, Outcome } from '../../src/core/outcome.ts'

/** An Application `argocd/web` that is up to date at 1.4.0, with what a test says of it. */
export function applicationOutcome(parts: Partial<ApplicationOutcome> = {}): ApplicationOutcome {
  return {
    namespace: 'argocd',
    name: 'web',
    source: undefined,
    sourceType: 'Helm',
    current: '1.4.0',
    written: undefined,
    writtenAt: undefined,
    writtenTo: undefined,
    proposed: undefined,
    takenBack: false,
    mergedAt: undefined,
    result: { kind: 'upToDate' },
    followed: undefined,
    suspicious: undefined,
    seenAt: 'main at 1234',
    resumedAt: undefined,
    ...parts,
  }
}

/** An evaluation of two tags of which the one that is chosen is left. */
export const evaluation: Told = {
  choice: { tag: '1.4.0' },
  tags: 2,
  candidates: 1,
  rejected: [{ reason: 'NotAVersion', count: 1, examples: ['main'] }],
  waiting: undefined,
  note: undefined,
}

/** A run that chose 1.4.0, with what a test says of it. */
export function ran(parts: Partial<Extract<Outcome, { kind: 'ran' }>> = {}): Extract<Outcome, { kind: 'ran' }> {
  return {
    kind: 'ran',
    image: { kind: 'chosen', choice: { tag: '1.4.0' }, evaluation },
    linkError: undefined,
    applications: [applicationOutcome()],
    ...parts,
  }
}
