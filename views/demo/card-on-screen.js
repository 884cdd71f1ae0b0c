// A card on screen, for those who have none at hand: stands in for Web eID's extension, its native application, the reader
// and the card. Speaks the extension's messages (web-eid.js on the page doesn't know the difference) and asks for the PIN
// in a window of its own making; the keys and the counting of wrong PINs are the demo's server's. Demo profile only.

const WORDS = {
  th: {
    here: 'ไม่มีบัตรใช่ไหม กดปุ่มได้เลย ในระบบสาธิตนี้ เครื่องอ่านบัตรจะปรากฏบนหน้าจอ',
    bar: 'บัตรบนหน้าจอ · ระบบสาธิต',
    title: 'ลงลายมือชื่อด้วยบัตรเพื่อเข้าสู่ระบบ',
    site: 'เว็บไซต์ที่ขอ',
    card: 'บัตรของใครอยู่ในเครื่องอ่าน',
    pin: 'รหัส PIN ของบัตร',
    hint: 'ในระบบสาธิต บัตรทุกใบใช้ PIN 1234',
    sign: 'ยืนยัน',
    cancel: 'ยกเลิก',
    more: 'ลองสิ่งที่อาจเกิดขึ้นจริง',
    pull: 'ดึงบัตรออก',
    block: 'ล็อก PIN',
    unblock: 'ปลดล็อกด้วย PUK',
    empty: 'กรุณากรอก PIN',
    wrong: (left) => `PIN ไม่ถูกต้อง ลองได้อีก ${left} ครั้ง`,
    blocked: 'PIN ของบัตรใบนี้ถูกล็อกแล้ว ปลดล็อกด้วย PUK หรือเลือกบัตรใบอื่น',
    fresh: 'ปลดล็อก PIN แล้ว',
    failed: 'ระบบสาธิตไม่ตอบ กรุณาลองอีกครั้ง',
  },
  en: {
    here: 'No card at hand? Press the button: in this demonstration a reader comes up on the screen.',
    bar: 'Card on screen · demonstration',
    title: 'Sign with your card to be let in',
    site: 'Asked by',
    card: 'Whose card is in the reader?',
    pin: 'PIN of the card',
    hint: 'In this demonstration every card has the PIN 1234.',
    sign: 'Confirm',
    cancel: 'Cancel',
    more: 'Try what can happen',
    pull: 'Pull the card out',
    block: 'Lock the PIN',
    unblock: 'Unlock with the PUK',
    empty: 'Type the PIN',
    wrong: (left) => (left === 1 ? 'Wrong PIN. One try is left.' : `Wrong PIN. ${left} tries are left.`),
    blocked: 'The PIN of this card is locked. Unlock it with the PUK, or take another card.',
    fresh: 'The PIN is unlocked.',
    failed: 'The demonstration does not answer. Please try again.',
  },
  et: {
    here: 'Kaarti pole käepärast? Vajutage nuppu: selles näidises ilmub lugeja ekraanile.',
    bar: 'Kaart ekraanil · näidis',
    title: 'Sisselogimiseks andke kaardiga allkiri',
    site: 'Küsib',
    card: 'Kelle kaart on lugejas?',
    pin: 'Kaardi PIN-kood',
    hint: 'Näidises on iga kaardi PIN 1234.',
    sign: 'Kinnita',
    cancel: 'Katkesta',
    more: 'Proovige, mis võib juhtuda',
    pull: 'Tõmba kaart välja',
    block: 'Lukusta PIN',
    unblock: 'Ava PUK-koodiga',
    empty: 'Sisestage PIN',
    wrong: (left) => (left === 1 ? 'Vale PIN. Jäänud on üks katse.' : `Vale PIN. Jäänud on ${left} katset.`),
    blocked: 'Selle kaardi PIN on lukus. Avage see PUK-koodiga või võtke teine kaart.',
    fresh: 'PIN on avatud.',
    failed: 'Näidis ei vasta. Palun proovige uuesti.',
  },
}
const words = WORDS[document.documentElement.lang] ?? WORDS.en

const VERSION = '2.0.0+demo'
const reply = (action, members = {}) => window.postMessage({ action, ...members }, location.origin)
const failure = (word, message) => {
  const { name, stack } = new Error(message)
  return { error: { code: `ERR_WEBEID_${word}`, message, name, stack } }
}

/** @returns an element with attributes and children; `on…` attributes are listeners. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value)
  }
  element.append(...children)
  return element
}

async function ask(path, fields) {
  const response = await fetch(path, fields && { method: 'POST', body: new URLSearchParams(fields) })
  return response.json()
}

/** Which card was in the reader last, so that trying again needs no search. */
const LAST = 'card-on-screen'

let open = false

/** Shows the window for one question and answers it exactly once, whatever is done with the window. */
async function showReader(nonce, patience) {
  open = true
  const cards = await ask('/demo/cards.json')
  const last = sessionStorage.getItem(LAST)

  const alert = make('p', { role: 'alert', id: 'card-said' })
  const select = make(
    'select',
    { id: 'card-holder', onchange: () => say(blocked() ? words.blocked : '') },
    ...cards.map(({ card, name, person_code }) =>
      make('option', { value: card, ...(card === last && { selected: '' }) }, `${name} · ${person_code}`),
    ),
  )
  const pin = make('input', {
    id: 'card-pin',
    type: 'password',
    inputmode: 'numeric',
    autocomplete: 'off',
    maxlength: '12',
    'aria-describedby': 'card-hint card-said',
  })
  const sign = make('button', { class: 'act', id: 'card-sign' }, words.sign)
  const cancel = button('card-cancel', words.cancel, () => settle(failure('USER_CANCELLED', 'User cancelled')))
  const pull = button('card-pull', words.pull, () => settle(failure('NATIVE_FATAL', 'Card was removed')))
  const lock = button('card-block', '', async () => {
    const chosen = current()
    const { tries_left } = await ask('/demo/cards/pin', { card: chosen.card, blocked: blocked() ? '0' : '1' })
    chosen.tries_left = tries_left
    say(blocked() ? words.blocked : words.fresh)
  })
  const dialog = make(
    'dialog',
    { class: 'reader', id: 'card-on-screen', 'aria-labelledby': 'card-title' },
    make('p', { class: 'bar' }, words.bar),
    make(
      'form',
      { method: 'dialog', novalidate: '', onsubmit: confirm },
      make('h2', { id: 'card-title' }, words.title),
      make('p', { class: 'site' }, `${words.site} `, make('b', {}, location.origin)),
      make('label', { for: 'card-holder' }, words.card),
      select,
      make('label', { for: 'card-pin' }, words.pin),
      make('p', { class: 'hint', id: 'card-hint' }, words.hint),
      alert,
      pin,
      make('div', { class: 'acts' }, sign, cancel),
      make('details', {}, make('summary', {}, words.more), make('div', { class: 'acts' }, pull, lock)),
    ),
  )
  // Escape is as good as the button.
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault()
    cancel.click()
  })
  const before = document.activeElement
  const timer = setTimeout(() => settle(failure('USER_TIMEOUT', 'User failed to respond in time')), patience)

  function button(id, text, press) {
    return make('button', { type: 'button', class: 'act quiet', id, onclick: press }, text)
  }

  const current = () => cards.find(({ card }) => card === select.value)
  const blocked = () => current().tries_left === 0

  function say(text) {
    alert.textContent = text
    pin.disabled = blocked()
    sign.hidden = blocked()
    lock.textContent = blocked() ? words.unblock : words.block
    pin.removeAttribute('aria-invalid')
  }

  async function confirm(event) {
    event.preventDefault()
    const chosen = current()
    if (pin.value === '') return refuse(words.empty)
    const typed = pin.value
    try {
      const answer = await ask('/demo/cards/sign', { card: chosen.card, pin: typed, nonce })
      if (!answer.because) return settle(answer)
      if (answer.because === 'invalid-nonce')
        return settle(failure('NATIVE_INVALID_ARGUMENT', 'Invalid challenge nonce'))
      chosen.tries_left = answer.left ?? 0
      refuse(blocked() ? words.blocked : words.wrong(answer.left))
    } catch {
      refuse(words.failed)
    }
  }

  function refuse(text) {
    pin.value = ''
    say(text)
    if (blocked()) lock.closest('details').open = true
    else pin.setAttribute('aria-invalid', 'true')
    const next = blocked() ? lock : pin
    next.focus()
  }

  function settle(outcome) {
    if (!open) return
    open = false
    clearTimeout(timer)
    sessionStorage.setItem(LAST, select.value)
    dialog.close()
    dialog.remove()
    before?.focus()
    reply(`web-eid:authenticate-${outcome.error ? 'failure' : 'success'}`, outcome)
  }

  document.body.append(dialog)
  say(blocked() ? words.blocked : '')
  dialog.showModal()
  const first = blocked() ? select : pin
  first.focus()
}

const ANSWERS = {
  'web-eid:status'() {
    reply('web-eid:status-success', { library: VERSION, extension: VERSION, nativeApp: VERSION })
  },
  'web-eid:authenticate'({ challengeNonce, options }) {
    if (typeof challengeNonce !== 'string')
      return reply('web-eid:authenticate-failure', failure('MISSING_PARAMETER', 'challengeNonce is missing'))
    if (open) return reply('web-eid:authenticate-failure', failure('ACTION_PENDING', 'A window is open already'))
    return showReader(challengeNonce, options?.userInteractionTimeout ?? 120_000).catch(() => {
      open = false
      reply('web-eid:authenticate-failure', failure('NATIVE_UNAVAILABLE', 'The demonstration does not answer'))
    })
  },
}

document.getElementById('card')?.prepend(make('p', { class: 'at-hand' }, words.here))

window.addEventListener('message', ({ source, data }) => {
  const answer = source === window && typeof data?.action === 'string' ? ANSWERS[data.action] : undefined
  if (!answer) return
  reply(`${data.action}-ack`)
  answer(data)
})
