/** Types of the conditions in `status.conditions` (the first three as kstatus reads them: https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus). */
export const conditionTypes = {
  /** Sums up: everything that could be done has been done. */
  ready: 'Ready',
  /** Present and True only while the run ended in something that is retried by itself. */
  reconciling: 'Reconciling',
  /** Present and True only while nothing will change until a person changes something. */
  stalled: 'Stalled',
  /** The registry was asked and a tag was chosen. */
  imageResolved: 'ImageResolved',
  /** The linked Applications were found and each has a place to write to. */
  applicationsResolved: 'ApplicationsResolved',
  /** What was due has been written. */
  writtenBack: 'WrittenBack',
} as const

/** Reasons of conditions, of `status.applications[].reason` and of events: the closed list users may match on. Documented in docs/reasons.md. */
export const reasons = {
  /** Every linked Application desires the chosen image. */
  upToDate: 'UpToDate',
  /** The chosen image was written to at least one Application in this run. */
  updateWritten: 'UpdateWritten',
  /** A choice exists but a gate holds it; `status.pending` says which. */
  held: 'Held',
  /** `spec.suspend` is true: nothing is chosen. */
  suspended: 'Suspended',
  /** The tag was chosen. */
  tagChosen: 'TagChosen',
  /** The Applications were found. */
  applicationsFound: 'ApplicationsFound',
  /** No Application matches any entry of `spec.applications`. */
  applicationNotFound: 'ApplicationNotFound',
  /** Argo CD has not compared the Application yet, or can't and never could. */
  applicationNotReady: 'ApplicationNotReady',
  /** More than 500 Applications are linked. */
  tooManyApplications: 'TooManyApplications',
  /** The Application's source can't take this kind of write. */
  targetUnsupported: 'TargetUnsupported',
  /** The key, file, image or source named by the policy was not found. */
  targetNotFound: 'TargetNotFound',
  /** Somebody else owns the place: another policy, or an owner that undoes the write. */
  targetConflict: 'TargetConflict',
  /** The written image is not seen in any Pod: the key that was set is probably not used. */
  notLive: 'NotLive',
  /** The branch to write to can't be told, or is no branch. */
  branchUnknown: 'BranchUnknown',
  /** The git server refused the credentials, or there are none that may be used. */
  gitAuthFailed: 'GitAuthFailed',
  /** The git server could not be reached or failed. */
  gitUnavailable: 'GitUnavailable',
  /** The git server has no such repository. */
  gitRepositoryNotFound: 'GitRepositoryNotFound',
  /** The git server refused the push (protected branch, hook, quota). */
  pushRejected: 'PushRejected',
  /** The push race was lost after all attempts, or the value moved while it was being written. */
  writeBackConflict: 'WriteBackConflict',
  /** No tag passed the constraints and the strategy. Nothing was written. */
  noMatchingTag: 'NoMatchingTag',
  /** The spec can't work; the message lists every fault with its path. */
  invalidSpec: 'InvalidSpec',
  /** The registry refused the credentials, or none were found where the policy says. */
  registryAuthFailed: 'RegistryAuthFailed',
  /** The registry could not be reached or failed. */
  registryUnavailable: 'RegistryUnavailable',
  /** The registry asks to wait. */
  registryRateLimited: 'RegistryRateLimited',
  /** The registry has no such repository. */
  repositoryNotFound: 'RepositoryNotFound',
  /** The registry's answer breaks its protocol. */
  registryProtocolError: 'RegistryProtocolError',
  /** A scan was cut short, or metadata could not be read: the choice stays. */
  scanIncomplete: 'ScanIncomplete',
  /** A TLS certificate could not be verified. */
  tlsVerificationFailed: 'TLSVerificationFailed',
  /** An SSH server shows a host key that is not known for it. */
  hostKeyVerificationFailed: 'HostKeyVerificationFailed',
  /** The host is not among those that the operator may talk to. */
  hostNotAllowed: 'HostNotAllowed',
  /** A Secret or ServiceAccount that the policy names is missing or lacks keys. */
  secretNotFound: 'SecretNotFound',
  /** The Kubernetes API server could not be reached or refused. */
  kubernetesUnavailable: 'KubernetesUnavailable',
  /** A fault of the operator itself; its log has more. */
  internalError: 'InternalError',
} as const

/** One of {@link reasons}. */
export type Reason = (typeof reasons)[keyof typeof reasons]
