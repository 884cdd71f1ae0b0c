// Estonian words of waiting.
import type { Text, TroubleWords } from './trouble-shape.ts'
import type { WaitTrouble, WaitVocabulary } from './wait-en.ts'

export const etWait: WaitVocabulary = {
  title: 'Vaadake oma telefoni',
  same: 'Seal peab olema sama number:',
  pin: 'Kui number on sama, sisestage telefonis PIN-kood.',
  otherwise: 'Kui ei ole, keelduge telefonis ja katkestage siin.',
  left: 'Aega on jäänud',
  go: 'Kinnitasin telefonis: jätka',
  stop: 'Katkesta ja vali muu viis',
  stopOnly: 'Katkesta ja alusta uuesti',
  broken: 'Ühendus on katkenud. Proovime edasi.',
}

const later: Text = ({ when }) => (when ? `Uuesti saate proovida: ${when}.` : 'Oodake mõni minut ja proovige uuesti.')
const others = 'Teie muud sisselogimise viisid töötavad.'

export const etWaitTrouble: Record<WaitTrouble, TroubleWords> = {
  'PRT-2401': {
    title: 'Telefonilt küsiti liiga sageli',
    happened:
      'Viimase kümne minuti jooksul küsiti sealt kolm korda ja keegi ei kinnitanud. Et keegi ei saaks teid tülitada, jätame telefoni mõneks ajaks rahule.',
    not: others,
    now: later,
  },
  'PRT-2402': {
    title: 'Telefonilt juba küsitakse',
    happened: 'Hetk tagasi saadeti sinna küsimus, siit või teisest brauserist. See ootab veel vastust.',
    not: others,
    now: ({ when }) =>
      `Vastake telefonis või keelduge, kui te seda ise ei küsinud.${when ? ` Uue saab saata: ${when}.` : ''}`,
  },
  'PRT-2403': {
    title: 'Telefonis just keelduti',
    happened: 'Viimasest küsimusest keelduti. Enne uut küsimust ootame minuti.',
    not: others,
    now: later,
  },
}
