/** Source files that have no test at their own path. */
export interface TestedElsewhere {
  /** A file, or a folder (with `/` at its end): all in it that have no test at their own path. */
  readonly files: string
  /** The test that covers them; it has to reach each of them by its imports. */
  readonly by: string
  readonly why: string
}

/** The first entry whose test reaches a file counts. */
export const testedElsewhere: readonly TestedElsewhere[] = [
  { files: 'src/api/', by: 'test/docs.test.ts', why: 'names and sentences: compared with the documents and the CRD' },
  {
    files: 'src/core/policy.ts',
    by: 'test/core/applications/conflicts.test.ts',
    why: 'types, and the text that names a policy',
  },
  { files: 'src/core/result.ts', by: 'test/core/text/duration.test.ts', why: 'two constructors' },
  {
    files: 'src/core/applications/application-index.ts',
    by: 'test/core/applications/link.test.ts',
    why: 'the same links, found faster',
  },
  {
    files: 'src/registry/image-learner.ts',
    by: 'test/registry/repository-state.test.ts',
    why: 'what a state learns of a tag',
  },
  {
    files: 'src/registry/login/on-demand.ts',
    by: 'test/registry/login/authorized-http.test.ts',
    why: 'most of what that does',
  },
  {
    files: 'src/registry/login/proofs.ts',
    by: 'test/registry/login/authorized-http.test.ts',
    why: 'what its requests are sent with',
  },
  {
    files: 'src/registry/login/token-request.ts',
    by: 'test/registry/login/token.test.ts',
    why: 'what a store of tokens asks for',
  },
  { files: 'src/core/entries-together.ts', by: 'test/core/parse-registries.test.ts', why: 'part of one parser' },
  { files: 'src/core/parse-policy/', by: 'test/core/parse-policy/parse-policy.test.ts', why: 'parts of one parser' },
  { files: 'src/core/status/', by: 'test/core/status/status-for.test.ts', why: 'parts of one status' },
  {
    files: 'src/core/choosing/strategies/',
    by: 'test/core/choosing/evaluate.test.ts',
    why: 'one table of choices for all strategies',
  },
  {
    files: 'src/core/choosing/evaluation-note.ts',
    by: 'test/core/choosing/evaluate.test.ts',
    why: 'part of the evaluation',
  },
  {
    files: 'src/core/choosing/metadata-checks.ts',
    by: 'test/core/choosing/evaluate.test.ts',
    why: 'part of the evaluation',
  },
  {
    files: 'src/core/choosing/filtered-tags.ts',
    by: 'test/core/choosing/evaluate.test.ts',
    why: 'part of the evaluation',
  },
  {
    files: 'src/core/choosing/version-range/',
    by: 'test/core/choosing/version-range.test.ts',
    why: 'parts of one grammar',
  },
  { files: 'src/core/git/template/', by: 'test/core/git/template.test.ts', why: 'parts of one language' },
  { files: 'src/core/targets/', by: 'test/core/targets/override-file.test.ts', why: 'parts of the edits' },
  { files: 'src/core/value-ranks.ts', by: 'test/core/decide.test.ts', why: 'the order that decisions go by' },
  { files: 'src/core/git/branch-mark.ts', by: 'test/core/git/standing.test.ts', why: 'by it commits are known again' },
  { files: 'src/core/git/trailer-value.ts', by: 'test/core/git/commit-message.test.ts', why: 'parts of trailers' },
  {
    files: 'src/core/targets/source-file.ts',
    by: 'test/core/targets/values-files.test.ts',
    why: 'paths of values files',
  },
  { files: 'src/core/targets/text-file.ts', by: 'test/git/file-text.test.ts', why: 'which files git’s reader refuses' },
  {
    files: 'src/core/targets/yaml-files.ts',
    by: 'test/git/list-files.test.ts',
    why: 'which files a folder’s reader lists',
  },
  {
    files: 'src/writeback/linked-target.ts',
    by: 'test/cli/preview.test.ts',
    why: 'from a linked source to where it is written to',
  },
  {
    files: 'src/registry/listings/',
    by: 'test/registry/listings/vendors.test.ts',
    why: 'one table for all vendors',
  },
  {
    files: 'src/registry/login/azure-host.ts',
    by: 'test/registry/login/token.test.ts',
    why: 'for which hosts tokens are to allow more',
  },
  {
    files: 'src/kubernetes/watched-collection.ts',
    by: 'test/kubernetes/secrets.test.ts',
    why: 'the watch of Secrets, and of ConfigMaps',
  },
  {
    files: 'src/registry/login/attempt.ts',
    by: 'test/registry/login/try-credentials.test.ts',
    why: 'what counts as a refusal',
  },
  {
    files: 'src/registry/login/providers/aws-keys.ts',
    by: 'test/registry/login/providers/aws.test.ts',
    why: 'parts of one flow',
  },
  {
    files: 'src/registry/login/providers/',
    by: 'test/registry/login/providers/gcp.test.ts',
    why: 'parts of the flows',
  },
  {
    files: 'src/git/',
    by: 'test/git/repositories.test.ts',
    why: 'parts of a conversation, tried on a real git server',
  },
  { files: 'src/reconcile/', by: 'test/end-to-end/strategies.test.ts', why: 'the loop, tried on real parts' },
  { files: 'src/http/dispatcher.ts', by: 'test/http/host-guard.test.ts', why: 'the connections of a guard' },
  { files: 'src/writeback/git-place.ts', by: 'test/writeback/git.test.ts', why: 'part of method git' },
  { files: 'src/writeback/targets/', by: 'test/writeback/git.test.ts', why: 'parts of method git' },
  { files: 'src/writeback/text-edit.ts', by: 'test/writeback/large-files.test.ts', why: 'an edit, with who makes it' },
  { files: 'src/cli/', by: 'test/cli/evaluate.test.ts', why: 'whole invocations, as processes of their own' },
  { files: 'src/operator.ts', by: 'test/end-to-end/strategies.test.ts', why: 'wiring' },
]
