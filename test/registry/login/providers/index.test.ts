import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCloudProviders } from '../../../../src/registry/login/providers/index.ts'
import { ReconcileError } from '../../../../src/errors.ts'
import { account } from './clouds.ts'

// Nothing of the outside is touched by what is asked here.
const untouched = (): never => assert.fail('nothing is to be asked')
const providers = createCloudProviders({ http: untouched, environment: {}, readText: untouched, now: untouched })

const registries = {
  aws: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
  gcp: 'eu-docker.pkg.dev',
  azure: 'shop.azurecr.io',
} as const
const names = Object.keys(registries) as readonly (keyof typeof registries)[]

for (const name of names)
  test(`${name} serves its own registries, and none of what looks like one`, async () => {
    const provider = providers[name]
    for (const [owner, host] of Object.entries(registries)) assert.equal(provider.serves(host), owner === name, host)
    const own = registries[name]
    const alike = [
      `${own}.evil.example`,
      `evil.example/${own}`,
      `evil-example.${own}`,
      `${own}:8443`,
      own.replaceAll('.', 'x'),
      own.toUpperCase(),
      `${own}.`,
      `${own}\n`,
      'ghcr.io',
      'localhost',
    ]
    for (const host of alike) {
      assert.ok(!provider.serves(host), host)
      for (const who of [undefined, account({})])
        await assert.rejects(provider.login(host, who), (error) => error instanceof ReconcileError)
    }
  })
