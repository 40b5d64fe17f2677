// `npm run generate`: what is derived from another file and committed. test/architecture.test.ts says when it is stale.
import { copyFile } from 'node:fs/promises'

await copyFile('crds/imageupdatepolicies.yaml', 'charts/image-update-operator/crds/imageupdatepolicies.yaml')
