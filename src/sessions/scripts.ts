import { hash } from 'node:crypto'
import { HISTORY, OLD_IDS } from './merging.ts'

// The steps that must be atomic, as Redis runs them: one script, one slot, one command each. The first line decides what
// a full Redis does: without a flag it refuses the script before its first write, with allow-oom it runs it.

export interface Script {
  readonly text: string
  readonly sha: string
}

const script = (text: string): Script => ({ text, sha: hash('sha1', text, 'hex') })

/** Ten digits before the sealed value: epoch seconds of the first use, or this. */
export const UNUSED = '0000000000'
const ID_HASH = 43
const MILLISECONDS = 13
const MARK = 11

/** KEYS record; ARGV sealed value, ttl ms. Replacing keeps a consumed mark, and keeps it as long as was promised. */
export const PUT = script(`#!lua
local mark, ttl = redis.call('GETRANGE', KEYS[1], 0, 9), tonumber(ARGV[2])
if mark == '' or mark == '${UNUSED}' then
  mark = '${UNUSED}'
else
  ttl = math.max(ttl, redis.call('PTTL', KEYS[1]))
end
redis.call('SET', KEYS[1], mark .. ARGV[1], 'PX', ttl)
return 1`)

/** KEYS record; ARGV epoch seconds in ten digits, keep ms. @returns 1 consumed, 0 already, -1 missing. */
export const CONSUME = script(`#!lua
local mark = redis.call('GETRANGE', KEYS[1], 0, 9)
if mark == '' then return -1 end
if mark ~= '${UNUSED}' then return 0 end
redis.call('SETRANGE', KEYS[1], 0, ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`)

/**
 * KEYS session, tombstone; ARGV now ms, ttl ms, hash of the id, sealed body, hash of the id it replaces or '', ms until
 * which that one is honoured or 0, number of dropped parties, their names, then name, mark and sealed entry of each party.
 * The hash holds: i the current id's hash; b the body; o the replaced ids' hashes with their ends; u the sealed end
 * that it was prolonged to since; per party p… the entry and m… the marks of what it is and was. @returns 1 saved, 0 ended.
 */
const save = (flags: string): Script =>
  script(`#!lua${flags}
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local now, id, replaced, grace = tonumber(ARGV[1]), ARGV[3], ARGV[5], tonumber(ARGV[6])
local head = redis.call('HMGET', KEYS[1], 'i', 'o')
local current = head[1] or id

if replaced ~= '' and current ~= id then
  local living, known = {}, nil
  local old = head[2] or ''
  for at = 1, #old, ${ID_HASH + MILLISECONDS} do
    local ends = string.sub(old, at + ${ID_HASH}, at + ${ID_HASH + MILLISECONDS - 1})
    if tonumber(ends) > now and #living < ${OLD_IDS - 1} then
      local other = string.sub(old, at, at + ${ID_HASH - 1})
      living[#living + 1] = other .. ends
      if other == replaced then known = ends end
    end
  end
  if current ~= replaced then
    if known then redis.call('HSET', KEYS[1], 'o', id .. known .. table.concat(living)) end
  elseif grace > 0 then
    redis.call('HSET', KEYS[1], 'o', current .. ARGV[6] .. table.concat(living))
  elseif old ~= '' then
    redis.call('HDEL', KEYS[1], 'o')
  end
end

local leads = current == id or current == replaced
if leads then
  redis.call('HSET', KEYS[1], 'i', id, 'b', ARGV[4])
  redis.call('HDEL', KEYS[1], 'u')
end

local first = 8 + tonumber(ARGV[7])
for at = 8, first - 1 do redis.call('HDEL', KEYS[1], 'p' .. ARGV[at]) end
for at = first, #ARGV, 3 do
  local party, mark = ARGV[at], ARGV[at + 1]
  local marks = redis.call('HGET', KEYS[1], 'm' .. party) or ''
  local seen = false
  for place = 1, #marks, ${MARK} do
    if string.sub(marks, place, place + ${MARK - 1}) == mark then seen = true end
  end
  if not seen then
    redis.call('HSET', KEYS[1], 'p' .. party, ARGV[at + 2], 'm' .. party, string.sub(mark .. marks, 1, ${MARK * HISTORY}))
  end
end

if leads then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`)

export const SAVE = save('')
/** For one that was read before: a full Redis must still let people begin to sign out, which is noted in the session. */
export const SAVE_KNOWN = save(' flags=allow-oom')

/** KEYS session; ARGV sealed end, ttl ms. @returns 1 prolonged, 0 there is none. */
export const PROLONG = script(`#!lua
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'u', ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`)

/** KEYS session, tombstone; ARGV tombstone ms. A full Redis must still let people sign out. */
export const END = script(`#!lua flags=allow-oom
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], '1', 'PX', ARGV[1])
return 1`)
