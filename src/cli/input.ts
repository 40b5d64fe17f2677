import { readFile } from 'node:fs/promises'
import { fault, parsed, type Parsed } from '../core/result.ts'
import type { Surroundings } from './command.ts'

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'is a folder: name the files in it',
  EACCES: 'may not be read',
  EPERM: 'may not be read',
}

/** The text of a file, or of standard input where it is called `-`; without a byte order mark. */
export async function readText(name: string, { input }: Surroundings): Promise<Parsed<string>> {
  try {
    const text = name === '-' ? await input() : await readFile(name, 'utf8')
    return parsed(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    return fault(`${nameOfInput(name)}: ${words[code] ?? `can't be read${code === '' ? '' : ` (${code})`}`}`)
  }
}

/** A file as people are told of it. */
export function nameOfInput(name: string): string {
  return name === '-' ? 'standard input' : name
}
