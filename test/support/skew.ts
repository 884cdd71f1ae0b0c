// Loaded before a service that a test starts: its clock is ahead by TEST_SKEW seconds, for us and for every library.

const ahead = Number(process.env.TEST_SKEW ?? 0) * 1000
const RealDate = Date

globalThis.Date = new Proxy(RealDate, {
  construct: (target, words: unknown[], made) =>
    Reflect.construct(target, words.length === 0 ? [target.now() + ahead] : words, made) as Date,
  get: (target, name, receiver): unknown =>
    name === 'now' ? () => target.now() + ahead : Reflect.get(target, name, receiver),
})

export {}
