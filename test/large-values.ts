/** A values file of about this many bytes, as people write them, whose first key is the image's tag. */
export function largeValues(bytes: number, tag = '1.4.2'): string {
  const head = `image:\n  repository: ghcr.io/acme/web\n  tag: ${tag}\n`
  const services: string[] = []
  let length = head.length
  while (length < bytes - 250) {
    services.push(serviceOf(services.length))
    length += services.at(-1)?.length ?? 0
  }
  return head + services.join('')
}

function serviceOf(nth: number): string {
  return [
    `service${nth}:`,
    '  enabled: true # as it is everywhere',
    `  replicas: ${nth % 7}`,
    '  env:',
    `    - name: LOG_LEVEL_${nth}`,
    '      value: "info"',
    '  resources:',
    '    limits: {cpu: 100m, memory: 128Mi}\n',
  ].join('\n')
}
