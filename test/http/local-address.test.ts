import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLocalAddress } from '../../src/http/local-address.ts'

const local = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '169.254.169.254',
  '::1',
  '[::1]',
  '::',
  'fe80::1%eth0',
  '[fe80::abcd]',
  'febf::1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '64:ff9b::7f00:1',
  '64:ff9b::a9fe:a9fe',
  'fd00:ec2::254',
  'fd20:ce::254',
]
const outside = [
  '1.1.1.1',
  '10.0.0.1',
  '192.168.0.1',
  '128.0.0.1',
  '170.254.0.1',
  'fec0::1',
  '2001:db8::1',
  '::ffff:10.0.0.1',
  '64:ff9b::a00:1',
  'localhost',
  'ghcr.io',
  '127.0.0.1.example',
  '',
]

for (const address of local) test(`${address} is local`, () => assert.ok(isLocalAddress(address)))
for (const address of outside) test(`"${address}" is not a local address`, () => assert.ok(!isLocalAddress(address)))
