import { fault, parsed, type Parsed } from '../result.ts'

/** `os/architecture[/variant]`, normalised: equal texts are equal platforms. */
export type Platform = string

// As containerd normalises them: https://github.com/containerd/platforms/blob/main/database.go
const systems = new Map([['macos', 'darwin']])
const architectures = new Map([
  ['i386', '386'],
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['armhf', 'arm/v7'],
  ['armel', 'arm/v6'],
])
/** What a variant is where none is written. */
const usual = new Map([
  ['amd64', 'v1'],
  ['arm64', 'v8'],
  ['arm', 'v7'],
])

/** Parses a platform such as `linux/amd64` or `linux/arm/v6`. */
export function parsePlatform(text: string): Parsed<Platform> {
  const isPlatform = /^[a-z0-9]+\/[a-z0-9_-]+(?:\/[a-z0-9_.-]+)?$/i.test(text)
  if (isPlatform) return parsed(normalised(text))
  return fault('is no platform: write os/architecture or os/architecture/variant, such as linux/amd64 or linux/arm/v7')
}

/** The platform of an image as its index or its configuration tells it; undefined where they tell none. */
export function platformOf(told: {
  readonly os?: unknown
  readonly architecture?: unknown
  readonly variant?: unknown
}): Platform | undefined {
  const { os, architecture, variant } = told
  if (typeof os !== 'string' || typeof architecture !== 'string' || os === '' || architecture === '') return undefined
  const hasVariant = typeof variant === 'string' && variant !== ''
  return normalised(hasVariant ? `${os}/${architecture}/${variant}` : `${os}/${architecture}`)
}

/** Those of the wanted platforms for which there is no image. */
export function missingPlatforms(wanted: readonly Platform[], there: readonly Platform[]): readonly Platform[] {
  return wanted.filter((platform) => !there.includes(platform))
}

function normalised(text: string): Platform {
  const [os = '', written = '', given] = text.toLowerCase().split('/')
  const [architecture = '', implied] = (architectures.get(written) ?? written).split('/')
  const variant = versioned(given ?? implied ?? '')
  const system = systems.get(os) ?? os
  const shown = variant === '' || variant === usual.get(architecture) ? '' : `/${variant}`
  return `${system}/${architecture}${shown}`
}

/** `7` is `v7`. */
function versioned(variant: string): string {
  return /^[0-9]/.test(variant) ? `v${variant}` : variant
}
