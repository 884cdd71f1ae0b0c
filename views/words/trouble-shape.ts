// The shape of the words about one trouble, the same in every language.

/** What the sentences about trouble may mention: when it lifts, already worded (`in 30 seconds`, `from 09:41`). */
export interface TroubleValues {
  readonly when?: string | undefined
}
export type Text = string | ((values: TroubleValues) => string)
/** `¦` marks where a title may begin a new line (see `broken` in html.ts). */
export interface TroubleWords {
  readonly title: string
  readonly happened: string
  /** What did not happen: the fear that the page takes away. */
  readonly not?: string
  readonly now: Text
}
