import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextPage } from '../../../src/registry/wire/next-page.ts'

const at = new URL('https://r.example/v2/docker/shop/web/tags/list?n=2')

const links: readonly (readonly [link: string | readonly string[] | undefined, next: string | undefined])[] = [
  [undefined, undefined],
  ['</v2/docker/shop/web/tags/list?n=2&last=x>; rel="next"', '?n=2&last=x'],
  ['</v2/shop/web/tags/list?n=2&last=10000>; rel="next"', '?n=2&last=10000'],
  ['<https://inner:5002/repository/x/v2/shop/web/tags/list?last=x>; rel="next"', '?last=x'],
  ['<?n=2&last=x>; rel=next', '?n=2&last=x'],
  ['</x?last=v1+build%2Ba>;rel="next"', '?last=v1+build%2Ba'],
  ['</x?next_page=gAAAA%3D%3D>; rel="next"', '?next_page=gAAAA%3D%3D'],
  ['</x?last=a,b>; rel="next"', '?last=a,b'],
  ['</x?last=y>; rel="prev", </x?last=z>; title="a, b"; rel="next"', '?last=z'],
  [['</x?last=y>; rel="prev"', '</x?last=z>; rel="next last"'], '?last=z'],
  ['</x?last=z>; REL="NEXT"', '?last=z'],
  ['<>; rel="next"', undefined],
  ['</x?last=z>; rel="nextish"', undefined],
  ['</x?last=z>', undefined],
  ['nonsense', undefined],
]

for (const [link, next] of links)
  test(`the link ${String(link)} leads to ${next ?? 'nothing'}`, () => {
    assert.equal(nextPage(link, at)?.href, next && `https://r.example/v2/docker/shop/web/tags/list${next}`)
  })
