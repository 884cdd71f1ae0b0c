interface Entry {
  readonly version?: string
  readonly resolved?: string
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
type Packages = Readonly<Record<string, Entry>>

export function missing(packages: Packages): [path: string, version: string][]
export function entryFor(path: string, version: string): Entry
export function addressed(packages: Packages): string[]
