import { fault, parsed, type Parsed } from '../result.ts'

/** The name of a commit's author: what git keeps of it as it stands. */
export function parseAuthorName(text: string): Parsed<string> {
  if (/^[^<>\p{Cc}]*$/u.test(text) && /[\p{L}\p{N}]/u.test(text) && text.trim() === text) return parsed(text)
  return fault('is no name that a commit can bear: write letters, without < and >, such as Image Updates')
}

/** The address of a commit's author. */
export function parseAuthorEmail(text: string): Parsed<string> {
  if (/^[^\s<>@\p{Cc}]+@[^\s<>@\p{Cc}]+$/u.test(text)) return parsed(text)
  return fault('is no address: write for example image-updates@example.com')
}
