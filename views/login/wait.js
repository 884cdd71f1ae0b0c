// The waiting page's side, in plain script as it is served: asks every two seconds how things stand, goes where it is told
// when something has happened, shows how much time is left. Judges nothing: the page it goes to does. What a poll shows
// anew is handed on as the event `pratu-show`, for pages whose picture changes.

/** Milliseconds between two questions, unless the answer says otherwise; and at most, while nothing answers. */
const NEXT = 2_000
const LONGEST = 8_000

const place = document.getElementById('wait')
const left = document.getElementById('left')
const lost = document.getElementById('lost')
const { poll, address } = place.dataset
const begun = performance.now()
const whole = Number(left.value)

document.getElementById('go').remove()

let gone = false
/** To the page itself, which says what has happened. In place of this one: the way back leads to where it began. */
function go() {
  if (gone) return
  gone = true
  location.replace(address)
}

let timer
let next = NEXT
async function ask() {
  clearTimeout(timer)
  if (gone) return
  try {
    const answer = await fetch(poll, { cache: 'no-store', headers: { accept: 'application/json' } })
    if (!answer.ok) throw new Error(String(answer.status))
    const { come, show, next: wanted } = await answer.json()
    if (come) return go()
    if (show !== undefined) place.dispatchEvent(new CustomEvent('pratu-show', { detail: show, bubbles: true }))
    lost.textContent = ''
    next = wanted ?? NEXT
  } catch {
    // The node is busy or away, or the phone in somebody's hand has no net: the sign-in waits for them.
    next = Math.min(LONGEST, next * 2)
    if (next === LONGEST) lost.textContent = lost.dataset.words
  }
  clearTimeout(timer)
  timer = setTimeout(() => void ask(), next)
}

function tick() {
  const seconds = Math.max(0, whole - (performance.now() - begun) / 1000)
  left.value = Math.ceil(seconds)
  // A little later than the end: the page must find it over.
  if (seconds === 0) setTimeout(go, 1_000)
  else setTimeout(tick, 1_000)
}

// Whoever comes back from the app on the same phone is not kept waiting for a timer that slept.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void ask()
})
// Back by the browser's own button: what stands here may be long over.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.replace(address)
})
tick()
timer = setTimeout(() => void ask(), next)
