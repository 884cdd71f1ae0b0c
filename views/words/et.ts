// Estonian. To the citizen as “te”, written small as official texts now do; short sentences, no office language.
import { etCard } from './card-et.ts'
import { etCodeCard } from './code-card-et.ts'
import type { Vocabulary } from './en.ts'
import { etMail } from './mail-et.ts'
import { etMe } from './me-et.ts'
import { etMobileId } from './mobile-id-et.ts'
import { etOwn } from './own-et.ts'
import { etDesk, etPasskey } from './passkey-et.ts'
import { etPin } from './pin-et.ts'
import { etSession } from './session-et.ts'
import { etSmartId } from './smart-id-et.ts'
import { etSmsCode } from './sms-code-et.ts'
import { etWait } from './wait-et.ts'

export const et: Vocabulary = {
  frame: {
    trial: 'Näidis. Siin ei ole midagi päriselt',
    skip: 'Liigu sisu juurde',
    languages: 'Keel',
    towards: 'Logite sisse, et kasutada teenust:',
    help: 'Vajate abi? Helistage',
    privacy: 'Mida me teie kohta hoiame',
    footer: 'Abi ja teave',
    mark: 'Pratu',
  },
  acts: {
    continue: 'Jätka',
    signIn: 'Logi sisse',
    cancel: 'Tühista',
    cancelTo: (agency) => `Tühista ja mine tagasi: ${agency}`,
    backTo: (agency) => `Tagasi: ${agency}`,
    again: 'Alusta uuesti',
    other: 'Vali muu viis',
    own: 'Vaata, kuhu olen sisse logitud',
    front: 'Avalehele',
  },
  methods: {
    'smart-card': {
      title: 'Kiibiga kaart (ID-kaart)',
      small: 'Pange kaart lugejasse ja sisestage PIN. Tai isikutunnistus veel ei sobi',
    },
    'mobile-id': { title: 'Mobiil-ID', small: 'Kinnitage telefoni SIM-kaardiga' },
    'smart-id': { title: 'Smart-ID', small: 'Skannige ruutkood või avage rakendus selles seadmes' },
    thaid: { title: 'ThaID rakendus', small: 'Skannige ruutkood või avage rakendus selles seadmes' },
    mitid: { title: 'MitID', small: 'Taani rakendus või koodinäidik' },
    passkey: { title: 'Pääsuvõti', small: 'Selle seadme sõrmejälg, nägu või PIN, või turvavõti' },
    totp: { title: 'Ühekordne kood', small: '6 numbrit telefoni autentimisrakendusest' },
    'sms-code': { title: 'Kood tekstisõnumiga', small: '6 numbrit, mis saadetakse teie telefoni' },
    'code-card': { title: 'Koodikaart', small: 'Number trükitud kaardilt, mille olete saanud' },
  },
  schemes: {
    TH: { country: 'Tai', code: 'Isikunumber', hint: '13 numbrit kaardi esiküljel. Tühikud ei loe.' },
    EE: { country: 'Eesti', code: 'Isikukood', hint: '11 numbrit kaardi esiküljel. Tühikud ei loe.' },
    LV: { country: 'Läti', code: 'Isikukood', hint: '11 numbrit, sidekriipsuga või ilma' },
    LT: { country: 'Leedu', code: 'Isikukood', hint: '11 numbrit. Tühikud ei loe.' },
    FI: { country: 'Soome', code: 'Isikutunnus', hint: '11 märki, näiteks 131052-308T' },
    FINUID: { country: 'Soome, number kaardil', code: 'Elektrooniline isikutunnus', hint: '8 numbrit ja üks märk' },
    BE: { country: 'Belgia', code: 'Rahvastikuregistri number', hint: '11 numbrit, kaardi tagaküljel' },
    DK: { country: 'Taani', code: 'CPR-number', hint: '10 numbrit, sidekriipsuga või ilma' },
    SG: { country: 'Singapur', code: 'NRIC või FIN', hint: 'Täht, 7 numbrit ja täht' },
    KR: { country: 'Lõuna-Korea', code: 'Elanikunumber', hint: '13 numbrit, sidekriipsuga või ilma' },
  },
  person: {
    scheme: 'Isikukoodi riik',
    code: 'Isikukood',
    hint: 'Nii nagu see on teie kaardil. Tühikud ja sidekriipsud ei loe.',
  },
  choose: {
    title: 'Valige, kuidas end tuvastada',
    lead: 'Logige sisse üks kord ja kasutage kõiki liitunud asutusi.',
    weak: 'See teenus nõuab kindlamat viisi',
    off: 'Praegu ei saa kasutada. Proovige mõne minuti pärast uuesti',
    closed: 'Praegu välja lülitatud',
    last: 'Viimati kasutatud',
  },
  code: {
    title: 'Sisestage isikukood ja 6-kohaline kood',
    label: '6-kohaline kood',
    hint: 'Avage autentimisrakendus. Kood vahetub iga 30 sekundi järel.',
    left: (tries) =>
      tries === 1 ? 'Jäänud on 1 katse, siis tuleb oodata' : `Jäänud on ${tries} katset, siis tuleb oodata`,
    wait: (when) => `Uuesti saate proovida ${when}`,
    noCode: 'Koodi veel ei ole? Sisestage kirjas olev aktiveerimiskood',
  },
  card: etCard,
  passkey: etPasskey,
  desk: etDesk,
  smartId: etSmartId,
  smsCode: etSmsCode,
  pin: etPin,
  codeCard: etCodeCard,
  mobileId: etMobileId,
  wait: etWait,
  consent: {
    title: 'Need andmed saadetakse',
    lead: (agency) => `${agency} küsib teie kohta neid andmeid. Muud ta ei saa.`,
    purpose: 'Milleks',
    ground: 'Mis alusel',
    consent: 'Teie nõusolek. Võite keelduda ja nõusoleku hiljem oma lehel või meile helistades tagasi võtta',
    anyway: 'Saadetakse igal juhul, sest seadus nõuab',
    officer: 'Kes vastutab',
    allow: 'Nõustun, saada',
    deny: 'Ära saada, mine tagasi',
  },
  trouble: {
    now: 'Mida nüüd teha',
    code: 'Kood',
    time: 'Aeg',
    phone: 'Telefon',
    request: 'Päringu number',
    from: (time) => time,
  },
  formPost: {
    title: 'Viime teid tagasi',
    lead: (agency) => `Viime teid tagasi: ${agency}. Kui midagi ei juhtu, vajutage nuppu.`,
  },
  switchPerson: {
    title: 'Siin on sisse loginud keegi teine',
    lead: 'Selles brauseris on veel sisse loginud teine inimene. Kellelegi ei ole midagi saadetud.',
    now: 'Logige tema kõigepealt välja. Siis saate jätkata iseendana',
    act: 'Logi teine inimene välja ja jätka',
  },
  session: etSession,
  activate: {
    title: 'Sisestage kirjas olev kood',
    lead: 'Kiri tuli postiga. Selle aktiveerimiskood kehtib 30 päeva ja töötab ühe korra.',
    label: 'Aktiveerimiskood',
    hint: '16 numbrit nii nagu kirjas. Tühikud ei loe.',
    act: 'Aktiveeri',
  },
  activated: {
    title: 'Nüüd ühendage oma telefon',
    lead: 'Tehke seda kohe: turvalisuse pärast seda lehte teist korda ei näidata.',
    steps: [
      'Kui teil autentimisrakendust veel ei ole, paigaldage see telefoni. Sobib iga rakendus, mis teeb 6-kohalisi koode',
      'Valige rakenduses „lisa“ ja pildistage allolevat ruutkoodi',
      'Nüüdsest näitab rakendus iga 30 sekundi järel uut 6-kohalist koodi. Kasutage seda sisse logides',
    ],
    picture: 'Ruutkood autentimisrakenduse jaoks',
    open: 'See ongi minu telefon: ava rakendus',
    typed: 'Ei saa pildistada? Tippige rakendusse see võti.',
    warning: 'Ärge näidake seda kellelegi. Meie seda ei küsi, ka telefoni teel mitte.',
  },
  me: etMe,
  own: etOwn,
  mail: etMail,
  letter: {
    stop: '.',
    subject: 'Teie aktiveerimiskood avalikesse teenustesse sisselogimiseks',
    intro:
      'Selle koodiga ühendate oma telefoni. Edaspidi logite kõigisse asutustesse sisse telefonis oleva 6-kohalise koodiga',
    codeLabel: 'Teie aktiveerimiskood',
    until: (date) => `Töötab ühe korra, kehtib kuni ${date}`,
    steps: (address) => [
      `Avage ${address}`,
      'Sisestage isikukood ja ülalolev aktiveerimiskood',
      'Järgige lehe juhiseid: seal on ruutkood, mida telefoni autentimisrakendusega pildistada',
    ],
    warning: 'Ärge andke seda koodi kellelegi. Meie ei küsi seda telefoni teel, sõnumiga ega teie uksel',
    notYou: 'Kiri ei ole teile? Palun saatke see avamata tagasi või helistage meile',
    help: (phone) => `Abi: helistage ${phone}`,
  },
  privacy: {
    title: 'Mida me teie kohta hoiame',
    lead: 'Seda, mida sisselogimiseks vaja, ja mitte kauem kui vaja.',
    parts: [
      [
        'Teie',
        'Teie nimed, sünniaeg ja isikukoodid nii, nagu need on isikute registris. Need on krüptitud: kes failid varastab, ei leia neist kedagi.',
      ],
      [
        'Millega te sisse logite',
        'Teie ja teie rakenduse ühine võti ning teie telefoninumber, krüptitud. PIN-koodist ja koodikaardi koodidest ainult kuju, millest neid lugeda ei saa, pääsuvõtmest selle avalik pool. Uus astub vana asemele.',
      ],
      [
        'Teie brauseris',
        'Väikesed märkmed (küpsised) juhuslike märkide ja teie keelega. Teid ei jälgita ja mujalt ei laadita midagi.',
      ],
      [
        'Mida asutused teada saavad',
        'Seda, mida nende kokkulepe nimetab, ja mitte midagi muud. Asutused, mis ei ole omavahel seotud, tunnevad teid eri numbrite järgi ega saa oma andmeid kokku panna.',
      ],
    ],
    open: 'Lahtine sisselogimine',
    openText: (idle, most, idleHigh) =>
      `Lõpeb, kui logite välja. Kasutamata hoitakse seda ${idle} (kui tulite kaardi või mobiil-ID-ga, ${idleHigh}), kokku kõige rohkem ${most}.`,
    record: 'Logiraamat',
    recordText: (time) =>
      `Millal te sisse logisite, kuhu ja mida kellele saadeti, et seda saaks teile näidata. Sisu hoitakse ${time}, siis see kustutatakse.`,
    rights: 'Mida saate paluda',
    rightsText: 'Näha, mida hoitakse, parandada viga, võtta nõusolek tagasi. Helistage meile:',
  },
  front: {
    title: 'Üks uks kõigi avalike teenusteni',
    lead: 'Siia jõuate siis, kui asutus palub teil sisse logida. Minge vajaliku asutuse lehele ja alustage sealt.',
    letter: 'Mul on kiri aktiveerimiskoodiga',
  },
  demo: {
    peopleTitle: 'Valige keegi ja logige sisse',
    peopleLead: 'Neid inimesi ei ole olemas. Jätke meelde isikukood ja kood, avage asutus ja logige sisse.',
    peopleCard: 'Või logige sisse kaardiga: see on siin igaühel. Lugeja ilmub ekraanile ja PIN on 1234.',
    codeCard: 'Koodikaart',
    agencies: 'Asutused',
    open: (agency) => `Ava ${agency}`,
    people: 'Inimesed',
    code: 'Kood praegu',
    lives: (time) => `Need koodid kehtivad veel ${time}; igaüks töötab ühe korra`,
    fresh: 'Näita uusi koode',
    agencySite: 'Väljamõeldud asutuse leht',
    welcome: (agency) => `Tere tulemast: ${agency}`,
    signedOutLead: 'Logige sisse, et näha, mida siin teie kohta hoitakse.',
    leftLead: 'Teie külastus siin on lõppenud. Muud teenused võivad selles brauseris veel lahti olla.',
    signedIn: 'Olete sisse logitud',
    signedInAs: (name) => `Olete sisse logitud: ${name}`,
    claims: 'Seda saime teie kohta teada',
    more: { 'latin-name': 'Lisa minu nimi ladina tähtedega', surer: 'Ava minu maksutoimik: vaja on kaarti' },
    other: (agency) => `Edasi: ${agency}, kus teid juba tuntakse`,
    signOut: 'Logi välja',
    trouble: {
      cancelled: 'Te ei ole siin sisse logitud. Teie kohta ei saadetud midagi',
      declined: 'Rohkem andmeid teie kohta ei saadetud. Olete siin endiselt sisse logitud',
      unmet: 'See leht nõuab kindlamat sisselogimisviisi, kui teil on',
      failed: 'Seekord sisselogimine ei õnnestunud. Palun proovige veel kord',
      stale: 'Seda sisselogimist ei alustatud siin või on see juba lõpetatud. Palun alustage uuesti',
      unreachable: 'Uks praegu ei vasta. Palun proovige minuti pärast uuesti',
    },
  },
}
