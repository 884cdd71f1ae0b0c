// The page's side of Web eID, in plain script as it is served: no framework, no build step. Presses of the button become
// a question to the browser's extension by window.postMessage, its answer becomes the form's token, and everything else
// becomes a text that stands in the page already (card.ts), in the page's language. Judges nothing: the service does.
// Actions, replies and times are those of Web eID's own library 2.x.

/** What we speak; an extension or program of an older first number calls itself too old. */
const VERSION = '2.0.0'
const AUTHENTICATE = 'web-eid:authenticate'
/** The extension takes the question within this time, or there is none. All times in milliseconds. */
const ACK = 1_000
/** The program on the computer starts within this time. */
const NATIVE = 5_000
/** Somebody finds the card, its side and its PIN. */
const PERSON = 120_000
/** Content scripts of extensions may come that much later than the page's own. */
const LATE = 1_000

const loaded = Date.now()
const form = document.getElementById('card')
const button = document.getElementById('continue')
const said = document.getElementById('said')
const progress = document.getElementById('progress')

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Web eID's way to say why: `code` is `ERR_WEBEID_` and a word. */
const fault = (word) => ({ code: `ERR_WEBEID_${word}` })

/**
 * One question to the extension. Only one is ever on its way: the page takes no press while it waits.
 * @param taken called when the extension has taken the question
 * @returns the success message; rejects with `{ code }`
 */
async function authenticate(challengeNonce, lang, taken) {
  if (!window.isSecureContext) throw fault('CONTEXT_INSECURE')
  await wait(Math.max(0, loaded + LATE - Date.now()))
  return new Promise((resolve, reject) => {
    const over = new AbortController()
    const settle = (how, value) => {
      over.abort()
      clearTimeout(ackTimer)
      clearTimeout(replyTimer)
      how(value)
    }
    const ackTimer = setTimeout(() => settle(reject, fault('EXTENSION_UNAVAILABLE')), ACK)
    const replyTimer = setTimeout(() => settle(reject, fault('ACTION_TIMEOUT')), ACK + NATIVE + PERSON)
    const receive = ({ source, origin, data }) => {
      // The content script speaks from this very window; frames and openers are not listened to.
      if (source !== window || origin !== location.origin) return
      if (data?.action === `${AUTHENTICATE}-ack`) {
        clearTimeout(ackTimer)
        taken()
      } else if (data?.action === `${AUTHENTICATE}-success`) settle(resolve, data)
      else if (data?.action === `${AUTHENTICATE}-failure`) settle(reject, data.error)
    }
    window.addEventListener('message', receive, { signal: over.signal })
    const options = { userInteractionTimeout: PERSON, lang }
    window.postMessage({ action: AUTHENTICATE, libraryVersion: VERSION, challengeNonce, options }, location.origin)
  })
}

/** Puts a text of the page in place of what stands in `where`: a live region, so that it is also read out. */
function show(where, id) {
  where.replaceChildren(...(id === undefined ? [] : [document.getElementById(id).content.cloneNode(true)]))
}

function showFault(error) {
  const word = String(error?.code).replace(/^ERR_WEBEID_/, '')
  show(said, document.getElementById(`fault-${word}`) ? `fault-${word}` : 'fault-UNKNOWN_ERROR')
  show(button, 'again')
  said.scrollIntoView({ block: 'nearest' })
}

/** The same page with a fresh nonce, which goes on by itself. */
const anew = () => location.replace(`${form.getAttribute('action')}?again=1`)

// Not `disabled`: the focus stays where it is, and who can't see hears that it is busy.
const isBusy = () => button.getAttribute('aria-disabled') === 'true'
const setBusy = (busy) => button.setAttribute('aria-disabled', String(busy))

async function start() {
  // A nonce that would be too old by the time somebody has typed the PIN is not worth the typing.
  if (Date.now() - loaded > Number(form.dataset.life) - (LATE + ACK + NATIVE + PERSON)) return anew()
  setBusy(true)
  // What went wrong the last time, here or at the service, is over.
  document.getElementById('trouble')?.remove()
  show(said)
  show(button, 'start')
  show(progress, 'progress-looking')
  try {
    const answer = await authenticate(form.dataset.nonce, form.dataset.lang, () => show(progress, 'progress-pin'))
    const { action: _, ...token } = answer
    show(progress, 'progress-sending')
    form.elements.token.value = JSON.stringify(token)
    // Without the event, and without a button's name: nothing but the token goes along.
    HTMLFormElement.prototype.submit.call(form)
  } catch (error) {
    show(progress)
    showFault(error)
    setBusy(false)
  }
}

form.addEventListener('submit', (event) => {
  if (event.submitter !== button) return
  event.preventDefault()
  if (!isBusy()) void start()
})

// Kept whole by the browser and brought back by its back button, the page would have a nonce that is spent.
window.addEventListener('pageshow', ({ persisted }) => persisted && location.replace(form.getAttribute('action')))

document.getElementById('without').remove()
button.hidden = false
if (new URLSearchParams(location.search).has('again')) {
  history.replaceState(null, '', location.pathname)
  void start()
}
