/** Lets so many requests at a time through to each host; the others wait for their turn. */
export interface HostGate {
  run<T>(host: string, work: () => Promise<T>): Promise<T>
}

/** Makes a gate; `atOnce` tells how many requests at a time a host gets, and is asked for each. */
export function createHostGate(atOnce: (host: string) => number): HostGate {
  const hosts = new Map<string, { active: number; readonly waiting: (() => void)[] }>()

  async function run<T>(host: string, work: () => Promise<T>): Promise<T> {
    const gate = hosts.get(host) ?? { active: 0, waiting: [] }
    hosts.set(host, gate)
    if (gate.active < atOnce(host)) gate.active += 1
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
