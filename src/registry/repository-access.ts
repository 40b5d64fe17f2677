/** A repository as somebody sees it: where it is, and by whose leave. */
export interface RepositoryAccess {
  /** `host[:port]` as policies write it; `docker.io` is Docker Hub. */
  readonly host: string
  /** `library/nginx`: the whole path. */
  readonly repository: string
  /** Plain HTTP instead of HTTPS. */
  readonly insecure: boolean
  readonly credentials: { readonly username: string; readonly password: string } | undefined
  /** Tells credentials apart, '' for none; part of what is shared by whom, never logged. */
  readonly credentialId: string
}

/** Equal for those who may share what the registry answers. */
export function accessKey({ host, repository, insecure, credentialId }: RepositoryAccess): string {
  return JSON.stringify([host, repository, insecure, credentialId])
}

/** `ghcr.io/shop/web`, for messages. */
export function repositoryName({ host, repository }: RepositoryAccess): string {
  return `${host}/${repository}`
}

/** The address of `path` (`tags/list`, `manifests/<reference>`, `blobs/<digest>`) in the repository. */
export function apiUrl({ host, repository, insecure }: RepositoryAccess, path: string): URL {
  const hub = host === 'docker.io'
  // Docker Hub serves its API under another name than its images have; `nginx` is `library/nginx` there.
  const name = hub && !repository.includes('/') ? `library/${repository}` : repository
  return new URL(`${insecure ? 'http' : 'https'}://${hub ? 'registry-1.docker.io' : host}/v2/${name}/${path}`)
}
