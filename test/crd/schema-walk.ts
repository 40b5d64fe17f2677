/** What a schema of a CustomResourceDefinition says of one field, as far as tests look at it. */
export interface Schema {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly maxProperties?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema
  readonly default?: unknown
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[]
}

/** A field of a schema, with its path: names, `[0]` for the items of a list, `.key` for the values of a map. */
export interface FoundField {
  readonly path: string
  readonly schema: Schema
}

/** The field itself and all in it, to the bottom. */
export function fieldsIn(schema: Schema, path: string): readonly FoundField[] {
  return [
    { path, schema },
    ...Object.entries(schema.properties ?? {}).flatMap(([name, member]) => fieldsIn(member, `${path}.${name}`)),
    ...(schema.items === undefined ? [] : fieldsIn(schema.items, `${path}[0]`)),
    ...(schema.additionalProperties === undefined ? [] : fieldsIn(schema.additionalProperties, `${path}.key`)),
  ]
}
