import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// A process that may use no more than a share of a processor, by the kernel's own hand (control groups, either version): so
// that two nodes, their stores and the load fit on two cores, and what is measured is whether nodes stand in each
// other's way. Needs to be root.

/** Short, or a request would wait for the end of a tenth of a second more often than for its turn. */
const PERIOD = 10_000

/** @returns what gives the process its freedom back. @throws Error where there are no control groups to be had. */
export function limitShare(pid: number, percent: number): () => void {
  const name = `pratu-bench-${pid}`
  const quota = Math.round((PERIOD * percent) / 100)
  const first = existsSync('/sys/fs/cgroup/cpu')
  const top = first ? '/sys/fs/cgroup/cpu' : '/sys/fs/cgroup'
  const files: Record<string, string> = first
    ? { 'cpu.cfs_period_us': String(PERIOD), 'cpu.cfs_quota_us': String(quota), 'cpu.shares': '100000' }
    : { 'cpu.max': `${quota} ${PERIOD}`, 'cpu.weight': '10000' }
  const folder = join(top, name)
  const move = (to: string) => writeFileSync(join(to, 'cgroup.procs'), String(pid))
  mkdirSync(folder)
  for (const [file, value] of Object.entries(files)) writeFileSync(join(folder, file), value)
  move(folder)
  return () => {
    move(top)
    rmdirSync(folder)
  }
}
