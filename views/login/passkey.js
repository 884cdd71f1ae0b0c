// The page's side of a passkey, in plain script as it is served: a press of the button becomes a question to the
// browser, its answer becomes the form's `answer`, and everything else becomes a text that stands in the page already
// (passkey-form.ts), in the page's language. Signs in (`get`) and makes a new one (`create`). Judges nothing.

/** A question that would be too old by the time somebody has found their key is not worth asking. Milliseconds. */
const SPARE = 60_000

const loaded = Date.now()
const form = document.getElementById('passkey')
const button = document.getElementById('continue')
const said = document.getElementById('said')
const progress = document.getElementById('progress')
const { kind, life, anew } = form.dataset

/** Puts a text of the page in place of what stands in `where`: a live region, so that it is also read out. */
function show(where, id) {
  where.replaceChildren(...(id === undefined ? [] : [document.getElementById(id).content.cloneNode(true)]))
}

function showFault({ name }) {
  const word = kind === 'create' && name === 'NotAllowedError' ? 'NotMade' : name
  show(said, document.getElementById(`fault-${word}`) ? `fault-${word}` : 'fault-UnknownError')
  show(button, 'again')
  said.scrollIntoView({ block: 'nearest' })
}

/** @returns the browser's own JSON; rejects with a DOMException, or with `{ name: 'NoPasskeys' }`. */
async function ask() {
  const asked = JSON.parse(form.dataset.options)
  const known = window.PublicKeyCredential
  const parse = kind === 'get' ? known?.parseRequestOptionsFromJSON : known?.parseCreationOptionsFromJSON
  if (!parse || !known.prototype.toJSON) throw { name: 'NoPasskeys' }
  const publicKey = parse.call(known, asked)
  const made = await (kind === 'get'
    ? navigator.credentials.get({ publicKey })
    : navigator.credentials.create({ publicKey }))
  return JSON.stringify(made)
}

// Not `disabled`: the focus stays where it is, and who can't see hears that it is busy.
const isBusy = () => button.getAttribute('aria-disabled') === 'true'
const setBusy = (busy) => button.setAttribute('aria-disabled', String(busy))

async function start() {
  if (Date.now() - loaded > Number(life) - SPARE) return location.replace(anew)
  setBusy(true)
  // What went wrong the last time, here or at the service, is over.
  document.getElementById('trouble')?.remove()
  show(said)
  show(button, 'start')
  show(progress, 'progress-asking')
  try {
    form.elements.answer.value = await ask()
    show(progress, 'progress-sending')
    // Without the event, and without a button's name: nothing but the fields goes along.
    HTMLFormElement.prototype.submit.call(form)
  } catch (fault) {
    show(progress)
    showFault(fault)
    setBusy(false)
  }
}

form.addEventListener('submit', (event) => {
  if (event.submitter !== button) return
  event.preventDefault()
  if (!isBusy()) void start()
})

// Kept whole by the browser and brought back by its back button, the page would have a question that is spent.
window.addEventListener('pageshow', ({ persisted }) => persisted && location.replace(anew))

document.getElementById('without').remove()
button.hidden = false
