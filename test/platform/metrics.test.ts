import { expect, test } from '@jest/globals'
import { openMetrics } from '../../src/platform/metrics.ts'

test('metrics count by label, measure in seconds and read gauges when asked, each service for itself', async () => {
  const metrics = openMetrics()
  const other = openMetrics()
  const logins = metrics.counter('logins_total', 'Sign-ins', ['outcome'])
  logins.add({ outcome: 'ok' })
  logins.add({ outcome: 'ok' }, 2)
  metrics.duration('request_seconds', 'Requests', ['route']).observe({ route: '/auth' }, 0.03)
  let waiting = 1
  metrics.gauge('waiting', 'Waiting', () => waiting)
  waiting = 7
  const text = await metrics.text()
  expect(text).toContain('pratu_logins_total{outcome="ok"} 3')
  expect(text).toContain('pratu_request_seconds_bucket{le="0.05",route="/auth"} 1')
  expect(text).toContain('pratu_waiting 7')
  expect(text).toContain('pratu_process_cpu_seconds_total')
  expect(await other.text()).not.toContain('logins_total')
  expect(metrics.contentType).toContain('text/plain')
})
