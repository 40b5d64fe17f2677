import { BlockList, isIP } from 'node:net'

const local = new BlockList()
local.addSubnet('127.0.0.0', 8, 'ipv4')
local.addAddress('::1', 'ipv6')
// "This host": Linux connects to itself.
local.addSubnet('0.0.0.0', 8, 'ipv4')
local.addAddress('::', 'ipv6')
local.addSubnet('169.254.0.0', 16, 'ipv4')
local.addSubnet('fe80::', 10, 'ipv6')
// The IPv6 twins of clouds' metadata servers (EC2, GCP) are no link-local addresses, but are meant to be as near.
local.addAddress('fd00:ec2::254', 'ipv6')
local.addAddress('fd20:ce::254', 'ipv6')
// The same IPv4 addresses behind NAT64 (RFC 6052); those mapped into IPv6 are compared as IPv4 by BlockList itself.
local.addSubnet('64:ff9b::7f00:0', 104, 'ipv6')
local.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6')

/**
 * Whether an IP address (IPv6 with or without brackets and zone) leads to this machine or its link: loopback, link-local
 * (where clouds serve credentials) or unspecified. False for anything that is no IP address.
 */
export function isLocalAddress(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  const family = isIP(plain)
  return family !== 0 && local.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}
