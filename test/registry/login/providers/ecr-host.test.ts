import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseEcrHost } from '../../../../src/registry/login/providers/ecr-host.ts'

const id = '123456789012'
const rows: readonly (readonly [host: string, api: string, region: string])[] = [
  [`${id}.dkr.ecr.eu-west-1.amazonaws.com`, 'https://api.ecr.eu-west-1.amazonaws.com/', 'eu-west-1'],
  [`${id}.dkr.ecr.us-gov-west-1.amazonaws.com`, 'https://api.ecr.us-gov-west-1.amazonaws.com/', 'us-gov-west-1'],
  [`${id}.dkr.ecr-fips.us-east-1.amazonaws.com`, 'https://api.ecr-fips.us-east-1.amazonaws.com/', 'us-east-1'],
  [`${id}.dkr.ecr.cn-north-1.amazonaws.com.cn`, 'https://api.ecr.cn-north-1.amazonaws.com.cn/', 'cn-north-1'],
  [`${id}.dkr.ecr.eusc-de-east-1.amazonaws.eu`, 'https://api.ecr.eusc-de-east-1.amazonaws.eu/', 'eusc-de-east-1'],
  [`${id}.dkr.ecr.us-iso-east-1.c2s.ic.gov`, 'https://api.ecr.us-iso-east-1.c2s.ic.gov/', 'us-iso-east-1'],
  [`${id}.dkr-ecr.eu-west-1.on.aws`, 'https://api.ecr.eu-west-1.amazonaws.com/', 'eu-west-1'],
  [`${id}.dkr-ecr-fips.us-east-1.on.aws`, 'https://api.ecr-fips.us-east-1.amazonaws.com/', 'us-east-1'],
  ['public.ecr.aws', 'https://api.ecr-public.us-east-1.amazonaws.com/', 'us-east-1'],
]

for (const [host, api, region] of rows)
  test(`${host} is a registry of AWS`, () => {
    const ecr = parseEcrHost(host)
    assert.deepEqual([ecr?.api.href, ecr?.region], [api, region])
  })

for (const host of [
  `${id}.dkr.ecr.eu-west-1.amazonaws.com.evil.example`,
  `${id}.dkr.ecr.eu-west-1.evil.example`,
  `evil.example.${id}.dkr.ecr.eu-west-1.amazonaws.com`,
  `${id}.dkr.ecr.eu-west-1.amazonaws.com:443`,
  `1${id}.dkr.ecr.eu-west-1.amazonaws.com`,
  `${id}.dkr.ecr.eu-west-1xamazonaws.com`,
  `${id}.dkr.ecr.evil.example/.amazonaws.com`,
  `${id}.dkr.ecr.eu-west-1.evil.amazonaws.com`,
  `${id}.dkr-ecr.eu-west-1.on.aws.evil.example`,
  'public.ecr.aws.evil.example',
  'xpublic.ecr.aws',
  'ecr.eu-west-1.amazonaws.com',
  '',
])
  test(`${host || 'nothing'} is none`, () => assert.equal(parseEcrHost(host), undefined))
