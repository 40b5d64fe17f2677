/** Path of the objects of a resource, in one namespace or in all; the group of built-in resources is ''. */
// oxlint-disable-next-line max-params -- the words of a path, in their order
export function collectionPath(group: string, version: string, plural: string, namespace?: string): string {
  const api = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  return `${api}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}`
}
