/** Why a source yields no manifests, in words that Argo CD would put into its ComparisonError. */
export class RenderError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RenderError'
  }
}
