import type { tasks } from './choose-tasks.ts'
import { evaluateProcess } from './evaluate-process.ts'
import { figure, type Figure } from './report.ts'
import { startWorker } from './worker.ts'

const sizes = {
  usual: { tags: 10_000, runs: 9, processes: 3, many: { policies: 1_000, scans: 100, tags: 1_000 } },
  tiny: { tags: 100, runs: 2, processes: 2, many: { policies: 10, scans: 2, tags: 50 } },
}

type Twice = ReturnType<(typeof tasks)['chooseTwice']>

/** Choosing, without any server: filter, parse, range and order. */
export async function choose(tiny: boolean): Promise<readonly Figure[]> {
  const { tags, runs, processes, many } = sizes[tiny ? 'tiny' : 'usual']
  const cold: Twice[] = []
  const warm: Twice[] = []
  for (let process = 0; process < processes; process += 1) {
    const worker = await start()
    for (let run = 0; run <= runs; run += 1)
      (run === 0 ? cold : warm).push((await worker.run('chooseTwice', tags, run)).value)
    await worker.stop()
  }
  const title = `${tags} tags`
  return [
    figure(
      `${title}: first evaluation`,
      'ms',
      warm.map(({ firstMs }) => firstMs),
      { atMost: 40 },
    ),
    figure(
      `${title}: another range on the same scan`,
      'ms',
      warm.map(({ secondMs }) => secondMs),
      { atMost: 10 },
    ),
    figure(
      `${title}: first evaluation of a new process (warm-up)`,
      'ms',
      cold.map(({ firstMs }) => firstMs),
    ),
    figure(
      `${title}: another range, in a new process (warm-up)`,
      'ms',
      cold.map(({ secondMs }) => secondMs),
    ),
    figure(`evaluate of ${many.tags} tags: the whole process`, 'ms', await evaluateProcess(many.tags, runs), {
      atMost: 400,
    }),
    ...(await evaluateMany(many, processes, false)),
    ...(await evaluateMany(many, processes, true)),
  ]
}

/** Each time in a process of its own: its heap is to hold nothing else. The bars are for policies that share their filters. */
async function evaluateMany(
  many: { readonly policies: number; readonly scans: number; readonly tags: number },
  processes: number,
  mixed: boolean,
): Promise<readonly Figure[]> {
  const all = []
  for (let process = 0; process < processes; process += 1) {
    const worker = await start()
    all.push(await worker.run('evaluateAll', many, mixed))
    await worker.stop()
  }
  const title = `${many.policies} policies over ${many.scans} scans of ${many.tags} tags${mixed ? ', three sets of filters' : ''}`
  const cpuBar = mixed ? undefined : { atMost: 2_000 }
  const heapBar = mixed ? undefined : { atMost: 80 }
  const heaps = all.map(({ value }) => Math.max(value.first.heapMb, value.again.heapMb))
  return [
    figure(
      `${title}: CPU, nothing known of the scans`,
      'ms',
      all.map(({ value }) => value.first.cpuMs),
      cpuBar,
    ),
    figure(
      `${title}: CPU, the same scans again`,
      'ms',
      all.map(({ value }) => value.again.cpuMs),
      cpuBar,
    ),
    figure(`${title}: heap at its highest`, 'MB', heaps, heapBar),
    figure(
      `${title}: heap after a collection`,
      'MB',
      all.map(({ value }) => value.keptMb),
    ),
    figure(
      `${title}: peak memory of the process`,
      'MB',
      all.map(({ peakMb }) => peakMb),
    ),
  ]
}

async function start() {
  return await startWorker<typeof tasks>(import.meta.resolve('./choose-tasks.ts'))
}
