import type { Context } from 'koa'
import { Problem } from '../identity/trouble.ts'
import { readBody } from '../platform/request-body.ts'

// Reads our own forms. oidc-provider reads its endpoints' bodies itself; this is for the pages that people fill in.

const BYTES = 8 * 1024
const FIELDS = 20
const VALUE = 1_000

/** The one field of a form that may be longer than what people type. */
export interface Long {
  readonly name: string
  /** In characters. */
  readonly most: number
}

/**
 * The fields of an `application/x-www-form-urlencoded` body, each at most once, trimmed of nothing.
 * @throws Problem PRT-1004 for another type, a doubled field, broken UTF-8 or NUL; PRT-1007 for more than 8 KiB, or more
 * than that and the long field, each of its characters escaped.
 */
export async function readForm(ctx: Context, long?: Long): Promise<Record<string, string>> {
  const bytes = BYTES + (long ? long.most * 3 : 0)
  if (!ctx.is('application/x-www-form-urlencoded')) throw new Problem('PRT-1004')
  if (Number(ctx.get('Content-Length') || 0) > bytes) throw new Problem('PRT-1007')
  return parseForm((await readBody(ctx.req, bytes)).toString('latin1'), long)
}

export function parseForm(body: string, long?: Long): Record<string, string> {
  const fields: Record<string, string> = Object.create(null) as Record<string, string>
  const pairs = body === '' ? [] : body.split('&')
  if (pairs.length > FIELDS) throw new Problem('PRT-1004')
  for (const pair of pairs) {
    const [name = '', ...rest] = pair.split('=')
    const key = decode(name)
    const value = decode(rest.join('='))
    const most = key === long?.name ? long.most : VALUE
    if (Object.hasOwn(fields, key) || value.length > most || key.length > 64) throw new Problem('PRT-1004')
    fields[key] = value
  }
  return fields
}

function decode(text: string): string {
  let value: string
  try {
    value = decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw new Problem('PRT-1004', { cause })
  }
  // A raw byte above ASCII never comes from a browser's form; a NUL only from an attacker (PostgreSQL refuses it late).
  if (/[^\u0020-\u007e]/.test(text) || value.includes('\u0000')) throw new Problem('PRT-1004')
  return value
}

/** What was typed into the fields that say who somebody is, and the code, to be given back in the next page. */
export function typedIn(fields: Readonly<Record<string, string>>): {
  scheme?: string
  personCode?: string
  phone?: string
  code?: string
} {
  return {
    ...(fields.scheme === undefined ? {} : { scheme: fields.scheme }),
    ...(fields.person_code === undefined ? {} : { personCode: fields.person_code }),
    ...(fields.phone === undefined ? {} : { phone: fields.phone }),
    ...(fields.code === undefined ? {} : { code: fields.code }),
  }
}
