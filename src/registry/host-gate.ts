/** Lets so many requests at a time through to each host; the others wait for their turn. */
export interface HostGate {
  run<T>(host: string, work: () => Promise<T>): Promise<T>
}

/** Makes a gate for `atOnce` requests a host. */
export function createHostGate(atOnce: number): HostGate {
  const hosts = new Map<string, { active: number; readonly waiting: (() => void)[] }>()

  async function run<T>(host: string, work: () => Promise<T>): Promise<T> {
    const gate = hosts.get(host) ?? { active: 0, waiting: [] }
    hosts.set(host, gate)
    if (gate.active < atOnce) gate.active += 1
    else await new Promise<void>((resolve) => gate.waiting.push(resolve))
    try {
      return await work()
    } finally {
      // The place goes on to the next in line, or becomes free.
      const next = gate.waiting.shift()
      if (next === undefined) gate.active -= 1
      else next()
      if (gate.active === 0) hosts.delete(host)
    }
  }

  return { run }
}
