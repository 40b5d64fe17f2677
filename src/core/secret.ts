/** A Kubernetes Secret with its data decoded. */
export interface Secret {
  readonly namespace: string
  readonly name: string
  readonly type: string
  readonly data: Readonly<Record<string, Uint8Array>>
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}
