import assert from 'node:assert/strict'
import { test } from 'node:test'
import { convertCredentials } from '../../../src/core/migrate/convert-credentials.ts'
import { createCloudProviders } from '../../../src/registry/login/providers/index.ts'

const file = (name: string) => ({ credentials: { dockerConfigFile: `/secrets/${name}/.dockerconfigjson` } })

const rows: readonly (readonly [written: string, host: string, entry: object | undefined, note: RegExp])[] = [
  [
    'pullsecret:argocd/reg',
    'r.io',
    file('argocd-reg'),
    /^mount Secret reg \(of namespace argocd; as it is, if its auths name r\.io\)/,
  ],
  ['https=pullsecret:argocd/reg', 'r.io', file('argocd-reg'), /^mount Secret reg /],
  ['r.io:5000=pullsecret:argocd/reg', 'r.io:5000', file('argocd-reg'), /^mount Secret reg /],
  ['pullsecret:reg', 'r.io', undefined, /^are left out: reg is no namespace\/name/],
  ['secret:argocd/reg#creds', 'r.io', file('argocd-reg'), /made anew .*--docker-server=r\.io/],
  ['env:CREDS', 'r.io', undefined, /^are left out: the variable CREDS .*--docker-server=r\.io/],
  ['ext:/scripts/login.sh', 'r.io', undefined, /^are left out: no scripts are run/],
  ['ext:/a.sh', '123456789012.dkr.ecr.eu-west-1.amazonaws.com', { provider: 'aws' }, /its own identity at aws/],
  ['ext:/a.sh', '123456789012.dkr.ecr.eu-west-1.amazonaws.com/team', { provider: 'aws' }, /its own identity at aws/],
  ['ext:/a.sh', 'public.ecr.aws', { provider: 'aws' }, /at aws/],
  ['ext:/a.sh', 'europe-docker.pkg.dev/project', { provider: 'gcp' }, /at gcp/],
  ['ext:/a.sh', 'eu.gcr.io', { provider: 'gcp' }, /at gcp/],
  ['ext:/a.sh', 'acme.azurecr.io', { provider: 'azure' }, /at azure/],
  ['ext:/a.sh', 'acme.azurecr.io.evil.example', undefined, /no scripts/],
  ['ext:/a.sh', 'gcr.io.evil.example', undefined, /no scripts/],
  ['vault:reg', 'r.io', undefined, /none that Argo CD Image Updater knows/],
  ['user:secret-canary', 'r.io', undefined, /^(?!.*canary)/],
]

for (const [written, host, entry, note] of rows)
  test(`${written} for ${host}`, () => {
    const converted = convertCredentials(written, host)
    assert.deepEqual(converted.entry, entry)
    assert.match(converted.note ?? '', note)
  })

const neverAsked = () => Promise.reject(new Error('asked'))
const providers = createCloudProviders({ http: neverAsked, readText: neverAsked, environment: {}, now: () => 0 })
const hosts = [
  ...['amazonaws.com', 'amazonaws.com.cn', 'amazonaws.eu', 'c2s.ic.gov', 'cloud.adc-e.uk'].map(
    (domain) => `123456789012.dkr.ecr-fips.eu-west-1.${domain}`,
  ),
  '123456789012.dkr-ecr.eu-west-1.on.aws',
  '123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn',
  'public.ecr.aws',
  'eu-docker.pkg.dev',
  ...['', 'us.', 'asia.', 'mirror.'].map((region) => `${region}gcr.io`),
  'docker.s3nsregistry.fr',
  ...['io', 'cn', 'us', 'de', 'com'].map((cloud) => `acme.azurecr.${cloud}`),
]

for (const host of hosts)
  test(`a cloud is named for ${host} exactly where it serves it`, () => {
    const served = (['aws', 'gcp', 'azure'] as const).find((name) => providers[name].serves(host))
    const { entry } = convertCredentials('ext:/a.sh', host)
    assert.deepEqual(entry, served && { provider: served })
  })
