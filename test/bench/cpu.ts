import { readdirSync, readFileSync } from 'node:fs'

// What the kernel says of other processes: how much of a processor they have used, and how much memory they hold.

/** Ticks in a second of /proc's counters: fixed for every Linux that Node runs on. */
const TICKS = 100

/** Milliseconds of processor that one process has used, all its threads together. */
export function cpuOf(pid: number): number {
  const fields = statOf(pid)
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS
}

/** The same for a process and everything that it has started, the ended ones included. */
export function cpuOfFamily(pid: number): number {
  const own = statOf(pid)
  let ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(own[field]), 0)
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const fields = statOf(Number(entry))
      if (Number(fields[1]) === pid) ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // It has ended meanwhile, and its parent counts it.
    }
  }
  return (ticks * 1000) / TICKS
}

/** Resident memory in bytes. */
export function memoryOf(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kibibytes) * 1024
}

/** The fields behind the name, which may hold anything: state is the first, user time the twelfth. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}
