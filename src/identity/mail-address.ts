const LONGEST = 254
const ATOM = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

/**
 * An e-mail address as people type it (RFC 5321 §4.1.2, without quotes, comments and addresses in figures, which nobody
 * has). @returns the address with its domain in lower case; undefined for what is none.
 */
export function parseMailAddress(typed: string): string | undefined {
  const text = typed.trim()
  const at = text.lastIndexOf('@')
  const [local, domain] = [text.slice(0, at), text.slice(at + 1).toLowerCase()]
  const labels = domain.split('.')
  const fits = at > 0 && text.length <= LONGEST && local.length <= 64 && ATOM.test(local)
  return fits && labels.length > 1 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1)!)
    ? `${local}@${domain}`
    : undefined
}

/** As much of an address as its owner needs to know it by. */
export function maskMailAddress(address: string): string {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, Math.min(2, at))}•••${address.slice(at)}`
}
