// Who may import whom: see docs/architecture.md. Deciding (core) never sees doing (the rest).
const only = (name, from, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: to },
})
const packageOnlyIn = (name, packages, place) => ({
  name,
  severity: 'error',
  from: { path: '^src/', pathNot: place },
  to: { path: `node_modules/(${packages})(/|$)` },
})

export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('api-is-a-leaf', '^src/api/', '^src/api/'),
    only('errors-see-api', '^src/errors', '^src/api/'),
    only('core-sees-core', '^src/core/', '^src/(core/|api/|errors)'),
    {
      name: 'core-packages',
      comment: 'the core is pure: of packages it may use only these',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypesNot: ['local', 'type-only'], pathNot: '^src/|node_modules/(@types/)?(semver|yaml|re2js)/' },
    },
    only('http-is-low', '^src/http/', '^src/(http/|core/|api/|errors|log)'),
    {
      name: 'shells-apart',
      comment: 'registry, git and kubernetes never see each other',
      severity: 'error',
      from: { path: '^src/(registry|git|kubernetes)/' },
      to: { path: '^src/', pathNot: '^src/($1|http|core|api)/|^src/(errors|log|metrics)' },
    },
    only('writeback-sees', '^src/writeback/', '^src/(writeback|git|kubernetes|core|api)/|^src/(errors|log)'),
    only(
      'thread-sees-core',
      '^src/writeback/thread/file-thread',
      '^src/core/',
      'what is loaded there is loaded beside all that the operator has loaded already',
    ),
    only(
      'cli-sees',
      '^src/cli/',
      '^src/(cli|registry|http|core|api|writeback/targets)/|^src/(errors|config)|^src/writeback/(linked-target|git-target|place)',
      'of writing back, only what finds places: it looks by an interface, behind which preview puts a folder',
    ),
    {
      name: 'cli-asks-registries-in-one-place',
      comment: 'undici alone takes longer to load than `evaluate --tags` may',
      severity: 'error',
      from: { path: '^src/cli/', pathNot: '^src/cli/(ask-registry|docker-credentials)' },
      to: { path: '^src/(registry|http)/|^src/cli/(ask-registry|docker-credentials)', dynamic: false },
    },
    {
      name: 'main-loads-lazily',
      comment: 'a command loads only what it needs',
      severity: 'error',
      from: { path: '^src/main' },
      to: { path: '^src/', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'commands-are-for-main',
      severity: 'error',
      from: { pathNot: '^src/(main|run|cli/)' },
      to: { path: '^src/(run|cli/)' },
    },
    {
      name: 'nobody-sees-main',
      severity: 'error',
      from: {},
      to: { path: '^src/main' },
    },
    packageOnlyIn('isomorphic-git-in-git', 'isomorphic-git', '^src/git/'),
    packageOnlyIn('ssh2-in-git', 'ssh2', '^src/git/'),
    packageOnlyIn('openpgp-in-its-file', 'openpgp', '^src/git/lanes/openpgp-key'),
    packageOnlyIn('kubernetes-packages-in-kubernetes', '@kubernetes|@dot-i', '^src/kubernetes/'),
    packageOnlyIn('prom-client-in-metrics', 'prom-client', '^src/metrics'),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
