import { expect, test } from '@jest/globals'
import { deviceOf } from '../../src/login/seen.ts'

const ANDROID = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)'
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)'

test.each([
  [`${ANDROID} Chrome/141.0.0.0 Mobile Safari/537.36`, 'Chrome · Android'],
  [`${ANDROID} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36`, 'Samsung Internet · Android'],
  [`${ANDROID} Version/4.0 Chrome/121.0.0.0 Mobile Safari/537.36 Line/14.2.0/IAB`, 'LINE · Android'],
  [`${IPHONE} Version/17.4 Mobile/15E148 Safari/604.1`, 'Safari · iPhone'],
  [`${IPHONE} CriOS/141.0 Mobile/15E148 Safari/604.1`, 'Chrome · iPhone'],
  [`${WINDOWS} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0`, 'Edge · Windows'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0', 'Firefox · Linux'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17 Safari/605.1.15',
    'Safari · Mac',
  ],
])('%s is %s', (userAgent, device) => expect(deviceOf(userAgent)).toBe(device))

test('what a stranger writes into the header is shown to nobody', () => {
  for (const text of [undefined, '', 'curl/8', '<script>alert(1)</script>', 'x'.repeat(10_000)])
    expect(deviceOf(text)).toBeUndefined()
  expect(deviceOf('Call 0800-SCAM now! Chrome/1 Windows')).toBe('Chrome · Windows')
})
