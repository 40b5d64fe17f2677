import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger } from '../src/log.ts'

function logged(format: 'json' | 'text', level: 'debug' | 'info' | 'warn' = 'info') {
  const lines: string[] = []
  return { lines, log: createLogger({ level, format, destination: { write: (line) => void lines.push(line) } }) }
}

test('json lines have time, level, message and the facts', () => {
  const { lines, log } = logged('json')
  log.warn('registry is slow', { host: 'ghcr.io', seconds: 3 })
  const { time, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, unknown>
  assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  assert.deepEqual(rest, { level: 'warn', message: 'registry is slow', host: 'ghcr.io', seconds: 3 })
})

test('text lines are for people', () => {
  const { lines, log } = logged('text')
  log.info('wrote', { policy: 'argocd/web', applications: 3 })
  assert.match(lines[0] ?? '', /^\S+Z INFO {2}wrote policy=argocd\/web applications=3\n$/)
})

test('what is below the level is not written', () => {
  const { lines, log } = logged('json', 'warn')
  log.info('nothing')
  log.debug('nothing')
  assert.deepEqual(lines, [])
})

test('of an error only its message is written', () => {
  const { lines, log } = logged('json')
  log.error('failed', { error: Object.assign(new Error('refused'), { headers: { authorization: 'secret' } }) })
  assert.doesNotMatch(lines[0] ?? '', /secret/)
  assert.match(lines[0] ?? '', /"error":"refused"/)
})
