// How surely we know who somebody is (eIDAS 2015/1502): the order of the levels is the whole meaning.
export const LEVELS = ['low', 'substantial', 'high'] as const
export type Assurance = (typeof LEVELS)[number]

export const isAssurance = (value: unknown): value is Assurance => LEVELS.includes(value as Assurance)
export const atLeast = (have: Assurance, need: Assurance): boolean => LEVELS.indexOf(have) >= LEVELS.indexOf(need)
export const higher = (a: Assurance, b: Assurance): Assurance => (atLeast(a, b) ? a : b)
export const lower = (a: Assurance, b: Assurance): Assurance => (atLeast(a, b) ? b : a)
