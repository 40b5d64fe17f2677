import { LRUCache } from 'lru-cache'
import type { GitObject } from './git-object.ts'

/** The objects used last, of all repositories: an id stands for the same content everywhere. */
export type ObjectMemory = LRUCache<string, GitObject>

// What an object costs beside its content.
const overhead = 300

/** Makes a memory of so many bytes. */
export function createObjectMemory(bytes: number): ObjectMemory {
  return new LRUCache({ maxSize: bytes, sizeCalculation: ({ content }) => content.length + overhead })
}
