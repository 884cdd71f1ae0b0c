import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

// What Prometheus asks for. An own registry, no global one, so that two services in one process don't count together.
// Labels are from small fixed sets: never a person, an address or anything that somebody typed.

export interface Metrics {
  /** How often something happened. `name` without prefix, for instance `logins_total`. */
  counter<Label extends string>(name: string, help: string, labels: readonly Label[]): Count<Label>
  /** How long something took, in seconds. */
  duration<Label extends string>(name: string, help: string, labels: readonly Label[]): Duration<Label>
  /** A value that is read when Prometheus asks. */
  gauge(name: string, help: string, read: () => number): void
  /** Prometheus' text format. */
  text(): Promise<string>
  readonly contentType: string
}

export interface Count<Label extends string> {
  add(labels: Readonly<Record<Label, string>>, by?: number): void
}

export interface Duration<Label extends string> {
  observe(labels: Readonly<Record<Label, string>>, seconds: number): void
}

/** The service's own promise is a page within a fifth of a second; a 503 comes within one. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5]
const PREFIX = 'pratu_'

export function openMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: PREFIX })
  const registers = [registry]
  return {
    counter(name, help, labels) {
      const counter = new Counter({ name: PREFIX + name, help, labelNames: [...labels], registers })
      return { add: (values, by = 1) => counter.inc({ ...values }, by) }
    },
    duration(name, help, labels) {
      const histogram = new Histogram({
        name: PREFIX + name,
        help,
        labelNames: [...labels],
        buckets: BUCKETS,
        registers,
      })
      return { observe: (values, seconds) => histogram.observe({ ...values }, seconds) }
    },
    gauge(name, help, read) {
      const made: Gauge = new Gauge({
        name: PREFIX + name,
        help,
        registers,
        collect: () => made.set(read()),
      })
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
