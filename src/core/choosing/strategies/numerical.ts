import type { Objection } from '../candidate.ts'
import type { StrategySpec } from '../../policy.ts'
import type { Strategy } from './strategy.ts'

const noNumber: Objection = { reason: 'NotANumber', message: 'is no whole number (digits only)' }

/** Whole numbers of any length, by value: never as floating point, which rounds long ones. */
export const numerical: Strategy<Extract<StrategySpec, { type: 'numerical' }>> = {
  needs: 'tags',
  comparesText: true,
  objection: ({ comparable }) => (isNumber(comparable) ? undefined : noNumber),
  compare: (a, b) => {
    if (!isNumber(a.comparable ?? '') || !isNumber(b.comparable ?? '')) return undefined
    return compareDigits(withoutZeros(a.comparable ?? ''), withoutZeros(b.comparable ?? ''))
  },
}

const digitsOnly = /^[0-9]+$/

function isNumber(text: string): boolean {
  return digitsOnly.test(text)
}

function withoutZeros(digits: string): string {
  return digits.replace(/^0+/, '')
}

function compareDigits(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  if (a === b) return 0
  return a < b ? -1 : 1
}
