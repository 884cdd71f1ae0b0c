// Markup that can't be torn open: everything put into a template is escaped, save what is markup already. The template
// itself refuses the few places where escaping would not be enough (unquoted attributes, scripts, handlers, odd links).

declare const sealed: unique symbol
/** A piece of HTML that may be put into a page as it is. Only `html`, `attr` and `trusted` make one. */
export interface Markup {
  readonly [sealed]: true
  toString(): string
}
type Value = string | number | Markup | undefined | readonly Markup[]

/** Known by its private field, which nothing else can have: a set of all pieces costs more than the page does. */
class Piece {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  toString(): string {
    return this.#text
  }
  static is(value: unknown): value is Piece {
    return typeof value === 'object' && value !== null && #text in value
  }
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string): string =>
  // Control characters mean nothing in a page, and a NUL makes browsers disagree on where a tag ends.
  /[&<>"'\p{Cc}]/u.test(text)
    ? text.replace(/[^\P{Cc}\t\n\r]/gu, '\ufffd').replace(/[&<>"']/g, (sign) => escapes[sign]!)
    : text

/**
 * What browsers tear at a line's end: names at their hyphen, and long Thai words, which their dictionaries take for several.
 * Kept together by markup, so that what is read aloud, copied and compared is the same text. Price: a look at each text, some microseconds a page.
 */
const WHOLE =
  /(?:Smart|Mobile|Mobiil)-ID(?:-[a-z]+)?|e-resident|เลขประจำตัว(?:ประชาชน)?|ยืนยันตัวตน|(?:การ)?เข้า(?:สู่)?ระบบ|(?:การ)?ออกจากระบบ|ศูนย์ช่วยเหลือ|หน่วยงาน|เบราว์เซอร์|เปิดใช้(?:งาน)?|ใช้ครั้งเดียว|ตรวจสอบ|พาสคีย์|ลายนิ้วมือ|คิวอาร์(?:โค้ด)?|ความปลอดภัย|ขณะนี้|ตอนนี้|ไม่ได้/g
const whole = (text: string): string => text.replace(WHOLE, '<span class="whole">$&</span>')

/** Takes a text as markup, unescaped. The caller vouches for every character: never for anything that came from outside. */
export const trusted = (text: string): Markup => new Piece(text) as unknown as Markup

const isMarkup = (value: unknown): value is Markup => Piece.is(value)

/** What may be put at one place of a template. */
interface Place {
  readonly inQuotes: boolean
  /** Text and nothing else: markup would be read there as it is written. */
  readonly plain: boolean
  /** Why no text may stand there. */
  readonly never?: string
  readonly address: boolean
}

/** @param before the template from its last `<` on. */
function placeAfter(before: string): Place {
  const inTag = /^<[^>]*$/.test(before)
  const inQuotes = inTag && (before.split('"').length - 1) % 2 === 1
  const never =
    inTag && !inQuotes
      ? 'attribute values stand in double quotes'
      : /^<(script|style)\b[^>]*>/i.test(before)
        ? 'nothing is put into a script or a style'
        : /\s(on\w+|style|srcdoc|srcset)="[^"]*$/i.test(before)
          ? 'nothing is put into a handler or style'
          : undefined
  const plain = inQuotes || /^<(title|option|textarea)\b[^>]*>/i.test(before)
  const address = /\s(href|action|formaction|src)="$/i.test(before)
  return never === undefined ? { inQuotes, plain, address } : { inQuotes, plain, never, address }
}

function insert(place: Place, value: Value): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return (value as readonly Markup[]).map((one) => insert(place, one)).join('')
  if (isMarkup(value)) {
    if (place.inQuotes) throw new TypeError('markup does not fit into an attribute')
    return value.toString()
  }
  // An object that only looks like markup (a parsed request body, say) is a fault, not a text.
  if (typeof value !== 'string' && typeof value !== 'number') throw new TypeError('only text, numbers and markup fit')
  if (place.never !== undefined) throw new TypeError(place.never)
  const text = String(value)
  if (place.address && !isAddress(text)) throw new TypeError('not an address')
  return place.plain ? escaped(text) : whole(escaped(text))
}

/** A path of our own, or an absolute address whose scheme can't run anything. */
function isAddress(text: string): boolean {
  const scheme = /^\s*([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase()
  return scheme === undefined
    ? !/^[\s\\]|^\/[/\\]|\p{Cc}/u.test(text)
    : !/^(javascript|data|vbscript|blob|file)$/.test(scheme)
}

/** The template tag: ``html`<p title="${title}">${text}</p>` ``. `undefined` leaves nothing; a list is put in piece by piece. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const places = placesOf(parts)
  let text = parts[0] ?? ''
  values.forEach((value, at) => {
    // What stands before decides how the value must be written; earlier values are escaped and can't change it.
    text += insert(places[at] ?? placeAfter(text.slice(text.lastIndexOf('<'))), value) + (parts[at + 1] ?? '')
  })
  return trusted(text)
}

/** Looked at once for each template of the program: its own text decides, whatever is put in. */
const looked = new WeakMap<TemplateStringsArray, readonly (Place | undefined)[]>()

function placesOf(parts: TemplateStringsArray): readonly (Place | undefined)[] {
  let places = looked.get(parts)
  if (!places) {
    let text = ''
    places = parts.slice(0, -1).map((part, at) => {
      text += part
      // Right behind another value only that one's presence tells: looked at each time.
      const place = part === '' && at > 0 ? undefined : placeAfter(text.slice(text.lastIndexOf('<')))
      text += 'x'
      return place
    })
    looked.set(parts, places)
  }
  return places
}

/** An attribute with the space before it, or nothing when there is no value: `attr('lang', language)`. */
export function attr(name: string, value: string | number | true | undefined): Markup {
  if (!/^[a-z][a-z-]*$/.test(name) || /^(on|style|href|src|action|formaction)/.test(name)) throw new TypeError(name)
  if (value === undefined) return trusted('')
  return trusted(value === true ? ` ${name}` : ` ${name}="${escaped(String(value))}"`)
}

/**
 * A title or the text of a button whose places for a new line are marked by `¦`: what stands between two marks stays on
 * one line where it fits. Thai has no spaces between words, and browsers tear long words apart.
 */
export const broken = (title: string): Markup =>
  trusted(
    title
      .split('¦')
      // A space at the end of a kept piece would be swallowed: it goes behind it.
      .map((piece) => `<span class="keep">${whole(escaped(piece.trimEnd()))}</span>${piece.endsWith(' ') ? ' ' : ''}`)
      .join('<wbr>'),
  )

/** The same title without the marks: for `<title>`. */
export const unbroken = (title: string): string => title.replaceAll('¦', '')
