import { describe, expect, test } from '@jest/globals'
import { redisAddress } from '../../src/platform/redis-address.ts'

describe('the address of Redis', () => {
  test.each([
    ['redis://localhost', { form: 'server', host: { host: 'localhost', port: 6379 }, db: 0, tls: false }],
    ['redis://10.0.0.5:6380/3', { form: 'server', host: { host: '10.0.0.5', port: 6380 }, db: 3, tls: false }],
    ['redis://[::1]:6380', { form: 'server', host: { host: '::1', port: 6380 }, db: 0, tls: false }],
    ['/run/redis.sock', { form: 'socket', path: '/run/redis.sock', db: 0, tls: false }],
    ['unix:///run/redis.sock?db=7', { form: 'socket', path: '/run/redis.sock', db: 7, tls: false }],
    [
      'rediss://pratu:p%40ss@redis.example:6390/1',
      {
        form: 'server',
        host: { host: 'redis.example', port: 6390 },
        db: 1,
        tls: true,
        username: 'pratu',
        password: 'p@ss',
      },
    ],
    [
      'redis+sentinel://:secret@a:26380,b/main?db=2&sentinel_password=other',
      {
        form: 'sentinel',
        hosts: [
          { host: 'a', port: 26380 },
          { host: 'b', port: 26379 },
        ],
        name: 'main',
        db: 2,
        tls: false,
        password: 'secret',
        sentinelPassword: 'other',
      },
    ],
    [
      'rediss+cluster://:secret@a:7001,b:7002,[::1]:7003',
      {
        form: 'cluster',
        hosts: [
          { host: 'a', port: 7001 },
          { host: 'b', port: 7002 },
          { host: '::1', port: 7003 },
        ],
        tls: true,
        password: 'secret',
      },
    ],
  ])('%s is read', (url, expected) => {
    const { shown, ...read } = redisAddress(url)
    expect(read).toEqual(expected)
    expect(shown).not.toMatch(/secret|p%40ss|other/)
  })

  test.each([
    ['', 'not one of'],
    ['http://localhost', 'not one of'],
    ['redis://', 'not host:port'],
    ['redis://a:secret@b@c', 'not one of'],
    ['redis://host:0', 'not host:port'],
    ['redis://host:70000', 'not host:port'],
    ['redis://host:12/x', 'not the number'],
    ['redis://a:1,b:2', 'redis+sentinel'],
    ['redis+sentinel://a:1,b:2', 'name of the primary'],
    ['redis+cluster://a:1,b:2/3', 'only database 0'],
    ['redis://a?secret=1', 'unknown option'],
    ['unix://relative.sock', 'absolute'],
    ['redis://:%E0%A4@a', 'percent-encoded'],
  ])('%s is refused in one sentence', (url, words) => {
    expect(() => redisAddress(url)).toThrow(words)
    if (url.includes(':secret')) expect(() => redisAddress(url)).not.toThrow('secret')
  })
})
