#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { Answer, Command } from './cli/command.ts'

interface Entry {
  readonly about: string
  /** Only what a command needs is loaded: the clients of `run` alone take longer than `evaluate` may. */
  readonly load: () => Promise<Command>
}

const commands: Readonly<Record<string, Entry>> = {
  run: {
    about: 'the operator',
    load: async () => {
      ;(await import('./kubernetes/lean-client.ts')).leaveOutGeneratedClients()
      return (await import('./run.ts')).run
    },
  },
  evaluate: {
    about: 'which tag a policy would choose, and why not the others',
    load: async () => (await import('./cli/evaluate.ts')).evaluate,
  },
  validate: {
    about: 'every fault of every policy in files',
    load: async () => (await import('./cli/validate.ts')).validate,
  },
  preview: {
    about: 'what a policy would write, as a diff or a patch',
    load: async () => (await import('./cli/preview.ts')).preview,
  },
  migrate: {
    about: "Argo CD Image Updater's registries.conf as a registries file",
    load: async () => (await import('./cli/migrate.ts')).migrate,
  },
  completion: {
    about: 'a script by which a shell completes all this',
    load: async () => (await import('./cli/completion.ts')).completion,
  },
}

const usage = [
  'image-update-operator COMMAND [options]',
  '',
  'Keeps the image versions of Argo CD Applications up to date, as ImageUpdatePolicies say.',
  '',
  ...Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(12)}${about}`),
  '',
  'image-update-operator COMMAND --help tells more, --version the version.',
].join('\n')

async function main([name, ...args]: readonly string[]): Promise<Answer> {
  const packageFile = new URL('../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }
  if (name === '--version') return { status: 0, out: version }
  if (name === '--help' || name === '-h') return { status: 0, out: usage }
  if (name === undefined) return { status: 2, err: usage }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (entry === undefined)
    return { status: 2, err: `${name} is no command; there are: ${Object.keys(commands).join(', ')}` }
  const command = await entry.load()
  return await command(args, {
    version,
    environment: process.env,
    commands: Object.fromEntries(Object.entries(commands).map(([each, { about }]) => [each, about])),
    input: () => text(process.stdin),
  })
}

// Whoever reads us may have read enough (`| head`); that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const { status, out, err } = await main(process.argv.slice(2)).catch((error: unknown): Answer => ({
  status: 1,
  err: error instanceof Error ? error.message : 'failed',
}))
if (out !== undefined) process.stdout.write(`${out}\n`)
if (err !== undefined) process.stderr.write(`${err}\n`)
process.exitCode = status
