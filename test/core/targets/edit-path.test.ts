import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pathFault } from '../../../src/core/targets/edit-path.ts'

for (const path of [
  'values.yaml',
  'apps/web/.argocd-source-web.yaml',
  '.github/x',
  '.gitignore',
  'a/.gitlab-ci.yml',
  'ä/ö.yaml',
  'a b/c',
  '...',
  'git',
  'git~2',
  // Nothing is decoded: it is the name of a folder, and stays one.
  '%2e%2e/%2e%2e/x',
]) {
  test(`${JSON.stringify(path)} is a path`, () => assert.equal(pathFault(path), undefined))
}

for (const [path, fault] of [
  ['', /empty/],
  ['/etc/passwd', /absolute/],
  ['a//b', /empty segment/],
  ['a/', /empty segment/],
  ['..', /"\.\."/],
  ['a/../../b', /"\.\."/],
  ['./a', /"\."/],
  ['.git/config', /\.git/],
  ['a/.GIT/hooks/x', /\.git/],
  ['.git./config', /\.git/],
  ['.git /config', /\.git/],
  ['.g\u200Cit/config', /\.git/],
  ['.git::$INDEX_ALLOCATION/config', /\.git/],
  ['GIT~1/config', /\.git/],
  ['a\\..\\b', /backslash/],
  ['a\u0000b', /control/],
  ['a\nb', /control/],
  ['x'.repeat(5000), /longer/],
] as const) {
  test(`${JSON.stringify(path.slice(0, 30))} is no path`, () => assert.match(pathFault(path) ?? '', fault))
}
