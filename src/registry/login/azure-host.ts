import type { RepositoryAccess } from '../repository-access.ts'

/** The hosts of Azure's registries, in each of its clouds; and nothing that only looks like one. */
export const azureHost = /^[a-z0-9][a-z0-9-]*\.azurecr\.(io|cn|us|de)$/

/** Whether a registry is Azure's: by its own name, or because the registries file says that it has Azure's listing. */
export function isAzure({ host, dialect }: RepositoryAccess): boolean {
  return azureHost.test(host) || dialect?.listing === 'acr'
}
