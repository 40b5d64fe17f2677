import type { CloudProviderName } from '../../../core/policy.ts'
import { createAwsProvider } from './aws.ts'
import { createAzureProvider } from './azure.ts'
import { createGcpProvider } from './gcp.ts'
import type { CloudParts, CloudProvider } from './provider.ts'

/** One for each name that a policy may give. */
export type CloudProviders = { readonly [Name in CloudProviderName]: CloudProvider }

/** Makes them all. */
export function createCloudProviders(parts: CloudParts): CloudProviders {
  return { aws: createAwsProvider(parts), gcp: createGcpProvider(parts), azure: createAzureProvider(parts) }
}
