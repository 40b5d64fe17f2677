import { gitAddress } from '../git/git-address.ts'
import { parseApplicationTemplate, type ApplicationTemplate } from '../git/application-template.ts'
import { branchNameFault } from '../git/branch-name.ts'
import { fault, parsed, type Parsed } from '../result.ts'

/** The URL of a git repository: HTTP, HTTPS or SSH, a host, a path, and no password. Returns it as written. */
export function parseGitUrl(text: string): Parsed<string> {
  if (/^https?:\/\/[^/]*@|^ssh:\/\/[^@/]*:[^@/]*@/i.test(text))
    return fault('credentials do not belong in a URL: take them out and name a Secret in secretRef')
  if (/^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?\/[^\s?#\p{Cc}]+$/u.test(text))
    return parsed(text)
  if (/^(ssh:\/\/|[^@/:]+@[^@/:]+:)[^\s?#\p{Cc}]+$/u.test(text) && gitAddress(text).ok) return parsed(text)
  return fault('is no URL of a git repository: write for example https://git.example.com/acme/config.git')
}

/** The name of a branch, or `HEAD` for the one that the remote names so. */
export function parseBranch(text: string): Parsed<string> {
  const objection = text.startsWith('refs/')
    ? 'is a reference: write the branch alone, such as main'
    : branchNameFault(text)
  return objection === undefined ? parsed(text) : fault(objection)
}

/** The name of a branch to push to, which may be a template. What that comes to can be judged only where it is known. */
export function parsePushBranch(text: string): Parsed<ApplicationTemplate> {
  const template = parseApplicationTemplate(text, 'writeBack.git.pushBranch')
  if (!template.ok) return template
  // Whatever stands for a field: what is wrong with the rest is wrong for every Application.
  const objection = branchNameFault(text.replaceAll(/\{\{.*?\}\}/gs, 'x'))
  if (/^(refs\/|HEAD$)/.test(text))
    return fault('is a reference: write the branch alone, such as image-updates/{{ .AppName }}')
  return objection === undefined ? template : fault(objection)
}

/** A path in a git repository, which may be a template. What it leads to can be judged only where it is known. */
export function parsePath(text: string): Parsed<ApplicationTemplate> {
  if (/[\p{Cc}\\]/u.test(text)) return fault('is no path: write it with /, and without control characters')
  if (/(^|\/)\.git(\/|$)/i.test(text)) return fault('leads into .git: name a file of the repository')
  return parseApplicationTemplate(text, 'writeBack.git.path')
}
