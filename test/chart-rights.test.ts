import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ofKind, type Binding, type Deployment, type Role } from './chart-objects.ts'
import { renderChart } from './end-to-end/operator.ts'
import { tableRows, textOf } from './markdown.ts'

/** The release's namespace. */
const namespace = 'updates'

describe('the rights that the chart gives', () => {
  /** `group/resource: verbs`, as docs/security.md lists them for a place. */
  const documented = async (place: string): Promise<readonly string[]> =>
    tableRows(await textOf('docs/security.md'), 'Rights')
      .filter(([where]) => where === place)
      .map(([, group = '', resource = '', verbs = '']) => `${plain(group)}/${plain(resource)}: ${verbs}`)
      .toSorted(compare)
  const granted = (role: Role | undefined): readonly string[] =>
    (role?.rules ?? [])
      .flatMap(({ apiGroups, resources, resourceNames, verbs, ...more }) => {
        assert.deepEqual(more, {})
        const names = resourceNames === undefined ? '' : ` (${resourceNames.join(', ')})`
        return apiGroups.flatMap((group) =>
          resources.map((each) => `${group || 'core'}/${each}${names}: ${verbs.join(', ')}`),
        )
      })
      .toSorted(compare)

  test('are one Role in each watched namespace, and one where Argo CD is, as docs/security.md lists them', async () => {
    const objects = await renderChart(namespace, `watchNamespaces={one,two}`, 'argocdNamespace=gitops')
    const roles = ofKind<Role>(objects, 'Role')
    assert.deepEqual(
      roles.map(({ metadata }) => metadata.namespace),
      ['one', 'two', 'gitops'],
    )
    assert.ok((await documented('watched')).length > 3 && (await documented('Argo CD')).length > 1)
    for (const [index, place] of ['watched', 'watched', 'Argo CD'].entries())
      assert.deepEqual(granted(roles[index]), await documented(place))
    assert.deepEqual(ofKind(objects, 'ClusterRole'), [])
  })

  test('are more with serviceAccountTokens, as docs/security.md says', async () => {
    const roles = ofKind<Role>(await renderChart(namespace, 'serviceAccountTokens=true'), 'Role')
    const all = [...(await documented('watched')), ...(await documented('watched, with `serviceAccountTokens`'))]
    assert.deepEqual(granted(roles[0]), all.toSorted(compare))
    assert.equal(granted(roles[0]).length, (await documented('watched')).length + 1)
  })

  test('to Secrets are those that secretNames names, but for Argo CD’s own', async () => {
    const secrets = (role: Role | undefined) => granted(role).filter((right) => right.startsWith('core/secrets'))
    const settings = ['secretNames={pull,git}', 'argocdNamespace=gitops']
    const [watched, argocd] = ofKind<Role>(await renderChart(namespace, ...settings), 'Role')
    assert.deepEqual(secrets(watched), ['core/secrets (pull, git): get'])
    assert.deepEqual(secrets(argocd), ['core/secrets: get, list, watch'])
    const [cluster] = ofKind<Role>(await renderChart(namespace, ...settings, 'clusterWide=true'), 'ClusterRole')
    assert.deepEqual(secrets(cluster), ['core/secrets (pull, git): get'])
  })

  test('are nobody’s with rbac.create=false', async () => {
    const kinds = (await renderChart(namespace, 'rbac.create=false')).map(({ kind }) => kind)
    assert.deepEqual(
      kinds.filter((kind) => kind.includes('Role')),
      [],
    )
  })

  test('are an account’s that is there already, where the values name one', async () => {
    const settings = ['serviceAccount.create=false', 'serviceAccount.name=ours']
    const objects = await renderChart(namespace, ...settings)
    assert.deepEqual(ofKind(objects, 'ServiceAccount'), [])
    const subjects = ofKind<Binding>(objects, 'RoleBinding').flatMap((binding) => binding.subjects)
    assert.deepEqual(new Set(subjects.map(({ name }) => name)), new Set(['ours']))
    assert.equal(ofKind<Deployment>(objects, 'Deployment')[0]?.spec.template.spec.serviceAccountName, 'ours')
  })

  test('for the whole cluster are the same, in one ClusterRole', async () => {
    const objects = await renderChart(namespace, 'clusterWide=true', 'argocdNamespace=gitops')
    assert.deepEqual(ofKind<Role>(objects, 'ClusterRole').map(granted), [await documented('watched')])
    assert.deepEqual(ofKind<Role>(objects, 'Role').map(granted), [await documented('Argo CD')])
  })

  for (const settings of [[], ['watchNamespaces={one,two}'], ['clusterWide=true']]) {
    test(`are bound to its ServiceAccount alone, each in its place: ${settings.join() || 'the defaults'}`, async () => {
      const objects = await renderChart(namespace, ...settings)
      const [account] = ofKind(objects, 'ServiceAccount')
      const bindings = [...ofKind<Binding>(objects, 'RoleBinding'), ...ofKind<Binding>(objects, 'ClusterRoleBinding')]
      const roles = [...ofKind(objects, 'Role'), ...ofKind(objects, 'ClusterRole')]
      assert.deepEqual(
        bindings.map(({ kind, roleRef, metadata }) => [kind, roleRef.kind, roleRef.name, metadata.namespace]),
        roles.map(({ kind, metadata }) => [`${kind}Binding`, kind, metadata.name, metadata.namespace]),
      )
      for (const { subjects } of bindings)
        assert.deepEqual(subjects, [{ kind: 'ServiceAccount', name: account?.metadata.name, namespace }])
    })
  }
})

function plain(cell: string): string {
  return cell.replaceAll('`', '')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1
}
