// Estonian. To the citizen as “te”, written small as official texts now do; short sentences, no office language.
import type { TroubleCode } from '../../src/identity/trouble.ts'
import { etCard, etCardTrouble } from './card-et.ts'
import { etCodeCard, etCodeCardTrouble } from './code-card-et.ts'
import type { Vocabulary } from './en.ts'
import { etMe, etMeTrouble } from './me-et.ts'
import { etMobileId, etMobileIdTrouble } from './mobile-id-et.ts'
import { etDesk, etDeskTrouble, etPasskey, etPasskeyTrouble } from './passkey-et.ts'
import { etPin, etPinTrouble } from './pin-et.ts'
import { etSmartId, etSmartIdTrouble } from './smart-id-et.ts'
import { etSmsCode, etSmsTrouble } from './sms-code-et.ts'
import type { Text, TroubleWords } from './trouble-shape.ts'
import { etUpstreamTrouble } from './upstream-et.ts'
import { etWait, etWaitTrouble } from './wait-et.ts'

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
  },
  methods: {
    'smart-card': { title: 'Kiibiga kaart (ID-kaart)', small: 'Pange kaart lugejasse ja sisestage PIN' },
    'mobile-id': { title: 'Mobiil-ID', small: 'Kinnitage telefoni SIM-kaardiga' },
    'smart-id': { title: 'Smart-ID', small: 'Skannige ruutkood või avage rakendus selles seadmes' },
    thaid: { title: 'ThaID rakendus', small: 'Skannige ruutkood või avage rakendus selles seadmes' },
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
    title: 'Valige, kuidas end tõendada',
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
    wait: (when) => `Uuesti saate proovida: ${when}`,
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
    consent: 'Teie nõusolek. Võite keelduda ja hiljem meile helistades nõusoleku tagasi võtta',
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
  signOut: {
    title: 'Kas logida välja?',
    lead: (agency) => `Olete lahkunud: ${agency}. Kas lõpetame teie sisselogimise ka selles brauseris?`,
    plain: 'Kas lõpetame teie sisselogimise selles brauseris?',
    means:
      'Pärast seda ei lase ükski asutus teid sellest brauserist sisse enne, kui logite uuesti sisse. Teises asutuses juba avatud leht võib jääda lahti, kuni te selle sulgete või asutus selle lõpetab.',
    act: 'Logi välja kõikjalt',
    stay: 'Jää sisse logituks',
  },
  signedOut: {
    title: 'Olete välja logitud',
    lead: 'Et sellest brauserist uuesti sisse saada, tuleb end jälle tõendada. Ühises arvutis sulgege ka brauser.',
  },
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
      ['Teie ühekordne kood', 'Teie ja teie rakenduse ühine võti, krüptitud. Uus võti astub vana asemele.'],
      [
        'Teie brauseris',
        'Väikesed märkmed (küpsised) juhuslike märkide ja teie keelega. Teid ei mõõdeta ja mujalt ei laadita midagi.',
      ],
      [
        'Mida asutused teada saavad',
        'Seda, mida nende kokkulepe nimetab, ja mitte midagi muud. Asutused, mis ei ole omavahel seotud, tunnevad teid eri numbrite järgi ega saa oma andmeid kokku panna.',
      ],
    ],
    open: 'Lahtine sisselogimine',
    openText: (idle, most) => `Lõpeb, kui logite välja. Kasutamata hoitakse seda ${idle}, kokku kõige rohkem ${most}.`,
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
    agencies: 'Asutused',
    open: (agency) => `Ava ${agency}`,
    people: 'Inimesed',
    code: 'Kood praegu',
    lives: (time) => `Need koodid kehtivad veel ${time}; igaüks töötab ühe korra`,
    fresh: 'Näita uusi koode',
    agencySite: 'Väljamõeldud asutuse leht',
    welcome: (agency) => `Tere tulemast: ${agency}`,
    signedOutLead: 'Logige sisse, et näha, mida siin teie kohta hoitakse.',
    signedIn: 'Olete sisse logitud',
    signedInAs: (name) => `Olete sisse logitud: ${name}`,
    claims: 'Seda saime teie kohta teada',
    more: { 'latin-name': 'Lisa minu nimi ladina tähtedega', surer: 'Ava minu maksutoimik: vaja on kaarti' },
    other: (agency) => `Edasi: ${agency}, kus teid juba tuntakse`,
    signOut: 'Logi välja',
    trouble: {
      cancelled: 'Tulite tagasi sisse logimata. Teie kohta ei saadetud midagi',
      unmet: 'See leht nõuab kindlamat sisselogimisviisi, kui teil on',
      failed: 'Seekord sisselogimine ei õnnestunud. Palun proovige veel kord',
      stale: 'Seda sisselogimist ei alustatud siin või on see juba lõpetatud. Palun alustage uuesti',
      unreachable: 'Uks praegu ei vasta. Palun proovige minuti pärast uuesti',
    },
  },
}

const helpDesk = 'Helistage kasutajatoele ja öelge allolev kood.'
const fromAgency = 'Minge tagasi asutuse lehele ja alustage sealt uuesti.'
const agencyFault =
  'Minge tagasi asutuse lehele ja proovige veel kord. Kui see kordub, öelge allolev kood asutusele või kasutajatoele.'
const nothingSent = 'Teie kohta ei saadetud kellelegi midagi.'
const ours = 'Põhjus on meis, mitte teis. Teie andmeid ei läinud kaduma ega saadetud kellelegi.'
const shortly = 'Oodake minut ja proovige uuesti. Otsast alustada ei ole vaja: pooleliolev on alles.'
const later: Text = ({ when }) => (when ? `Uuesti saate proovida: ${when}.` : 'Oodake mõni minut ja proovige uuesti.')

export const etTrouble: Record<TroubleCode, TroubleWords> = {
  'PRT-1001': {
    title: 'See sisselogimine ei ole enam lahti',
    happened: 'Seda alustati rohkem kui 15 minutit tagasi või on see juba lõpetatud.',
    now: fromAgency,
  },
  'PRT-1002': {
    title: 'Me ei tunne seda brauserit ära',
    happened: 'Sisselogimist alustati teises brauseris või see brauser ei hoia küpsiseid.',
    not: nothingSent,
    now: 'Alustage asutuse lehelt uuesti, samas brauseris. Kui see kordub, lubage sellele lehele küpsised.',
  },
  'PRT-1003': {
    title: 'Sellist lehte ei ole',
    happened: 'Aadressis on viga või on leht ära kolitud.',
    now: 'Kontrollige aadressi või alustage vajaliku asutuse lehelt.',
  },
  'PRT-1004': {
    title: 'Me ei saanud sellest aru',
    happened: 'Brauseri saadetu jõudis meieni poolikult või oli liiga pikk.',
    not: 'Me ei jätnud seda alles.',
    now: fromAgency,
  },
  'PRT-1005': {
    title: 'Korraga liiga palju',
    happened: 'Teie ühendusest tuli lühikese ajaga väga palju päringuid, võib-olla teistelt, kes seda jagavad.',
    not: 'Teie sisselogimisvahendid ei ole suletud.',
    now: later,
  },
  'PRT-1006': {
    title: 'Tulite vale aadressi kaudu',
    happened: 'Meie poole pöörduti nimega, mis ei ole meie oma.',
    not: nothingSent,
    now: fromAgency,
  },
  'PRT-1007': {
    title: 'Seda oli lugemiseks liiga palju',
    happened: 'Brauseri saadetu on suurem kui miski, mida me küsime.',
    not: 'Me ei jätnud seda alles.',
    now: fromAgency,
  },
  'PRT-1008': {
    title: 'Seda lehte ei saa nii avada',
    happened: 'Leht on üks samm pikemast teest ja eraldi seda avada ei saa.',
    now: fromAgency,
  },
  'PRT-1009': {
    title: 'See ei tulnud meie lehelt',
    happened: 'Teine leht püüdis meile teie nimel vormi saata. Me peatasime selle.',
    not: nothingSent,
    now: 'Kui olite sisse logimas, minge tagasi ja proovige veel kord. Kui mitte, sulgege see teine leht.',
  },
  'PRT-1010': {
    title: 'Siin on sisse loginud keegi teine',
    happened: 'Selles brauseris on veel sisse loginud teine inimene.',
    not: nothingSent,
    now: 'Logige teine inimene kõigepealt välja, siis logige sisse iseendana.',
  },
  'PRT-1101': {
    title: 'Me ei saa teid sisse logida',
    happened: 'Teie kanne isikute registris ei luba praegu sisse logida.',
    not: nothingSent,
    now: helpDesk,
  },
  'PRT-1102': {
    title: 'Me ei leia teid registrist',
    happened: 'Tõendasite end, kuid isikute registris ei ole teie kohta kannet.',
    not: nothingSent,
    now: helpDesk,
  },
  'PRT-1103': {
    title: 'See teenus nõuab kindlamat sisselogimist',
    happened: 'Asutus küsib sisselogimisviisi, mida teil veel ei ole.',
    not: 'Teie ühekordne kood töötab teistes teenustes edasi.',
    now: 'Minge tagasi ja küsige asutuselt, kuidas saab asja teisiti ajada, või helistage kasutajatoele.',
  },
  'PRT-1104': {
    title: 'See sisselogimisviis on suletud',
    happened: 'Teie valitud viis on praegu välja lülitatud.',
    not: 'Teie enda sisselogimisvahendid ei ole rikkis.',
    now: 'Valige teine viis või proovige hiljem uuesti.',
  },
  'PRT-1105': {
    title: 'Me ei saa teid sisse logida',
    happened: 'Isikute registri järgi on selle isikukoodi omanik surnud.',
    not: nothingSent,
    now: 'Kui see ei ole õige, helistage kasutajatoele ja öelge allolev kood: vea saab parandada. Kui ajate lahkunu asju, küsige asutuselt, kuidas seda tehakse.',
  },
  'PRT-1201': {
    title: 'Isikukood ja kood ei sobi kokku',
    happened: 'Kood võib olla vana või on mõni number vale.',
    now: 'Kontrollige isikukoodi ja sisestage kood, mida rakendus praegu näitab.',
  },
  'PRT-1202': {
    title: 'See kood on juba kasutatud',
    happened: 'Iga kood töötab ühe korra.',
    now: 'Oodake kuni 30 sekundit, kuni rakendus näitab uut koodi, ja sisestage see.',
  },
  'PRT-1203': {
    title: 'Palun oodake veidi',
    happened: 'Mitu korda sisestati vale kood. Et keegi teie koodi ära ei arvaks, on nüüd paus.',
    not: 'Teie kood ei ole suletud.',
    now: later,
  },
  'PRT-1204': {
    title: 'Ühekordsed koodid on praegu peatatud',
    happened: 'Selle isikukoodiga sisestati väga palju valesid koode, kas teie või kellegi teise poolt.',
    not: 'Keegi ei saanud sisse ja kellelegi ei saadetud midagi.',
    now: ({ when }) =>
      when
        ? `Uuesti saate proovida: ${when}. Kui see ei olnud teie või te ei saa oodata, helistage kasutajatoele.`
        : 'Kui see ei olnud teie või te ei saa oodata, helistage kasutajatoele.',
  },
  'PRT-1205': {
    title: 'Kontrollige isikukoodi',
    happened: 'Mõni number võib olla puudu või vahetuses või on see teise riigi kood kui valitud.',
    now: 'Võrrelge seda kaardiga, number numbri haaval, ja vaadake valitud riiki, kui seda saab valida.',
  },
  'PRT-1206': {
    title: 'Koodis on 6 numbrit',
    happened: 'Sisestatud kood on lühem, pikem või on selles tähti.',
    now: 'Sisestage 6 numbrit, mida rakendus praegu näitab.',
  },
  'PRT-1301': {
    title: 'See asutus ei saa veel midagi vastu võtta',
    happened: 'Asutusel ei ole kehtivat kokkulepet, mis lubaks tal teie kohta midagi teada saada.',
    not: nothingSent,
    now: 'Öelge asutusele allolev kood. Ise te seda parandada ei saa.',
  },
  'PRT-1401': {
    title: 'Nii me teid välja logida ei saanud',
    happened: 'Väljalogimise päring ei sobinud ühegi sisselogimisega selles brauseris.',
    not: 'Kui olite sisse logitud, olete seda edasi.',
    now: 'Logige asutuse lehelt veel kord välja. Ühises arvutis sulgege ka brauser.',
  },
  'PRT-1501': {
    title: 'Aktiveerimiskood ei töötanud',
    happened: 'See ei sobi isikukoodiga, on juba kasutatud või vanem kui 30 päeva.',
    now: 'Võrrelge mõlemat kirjaga. Kui need on õiged, helistage kasutajatoele ja küsige uus kiri.',
  },
  'PRT-1502': {
    title: 'Palun oodake veidi',
    happened: 'Mitu korda sisestati vale aktiveerimiskood. Et keegi teie koodi ära ei arvaks, on nüüd paus.',
    not: 'Teie kirjas olev kood kehtib edasi.',
    now: later,
  },
  ...etCardTrouble,
  ...etMeTrouble,
  ...etPasskeyTrouble,
  ...etDeskTrouble,
  ...etSmartIdTrouble,
  ...etSmsTrouble,
  ...etPinTrouble,
  ...etCodeCardTrouble,
  ...etMobileIdTrouble,
  ...etWaitTrouble,
  ...etUpstreamTrouble,
  'PRT-3001': {
    title: 'Me ei tunne seda lehte',
    happened: 'Leht, mis teid siia saatis, ei ole meie juures registreeritud.',
    not: nothingSent,
    now: 'Kontrollige, kas alustasite päris asutuse lehelt. Kui jah, öelge asutusele allolev kood.',
  },
  'PRT-3002': {
    title: 'Me ei tunne tagasiteed',
    happened: 'Asutuse leht palus saata teid tagasi aadressile, mis ei ole registreeritud.',
    not: nothingSent,
    now: agencyFault,
  },
  'PRT-3003': {
    title: 'Asutuse leht küsis valesti',
    happened: 'Me ei saanud asutuse lehe küsimusest aru. Teie ei teinud midagi valesti.',
    not: nothingSent,
    now: agencyFault,
  },
  'PRT-3004': {
    title: 'Asutuse päring on juba kasutatud',
    happened: 'Asutuse päring oli juba kasutatud või ootas liiga kaua, näiteks kui läksite brauseris tagasi.',
    not: nothingSent,
    now: fromAgency,
  },
  'PRT-3005': {
    title: 'Asutuse leht ei suutnud end tõendada',
    happened: 'Enne kui me midagi saadame, peab asutuse leht näitama, et ta on õige. Ta ei näidanud seda.',
    not: nothingSent,
    now: agencyFault,
  },
  'PRT-5001': {
    title: 'Praegu me teid teenindada ei saa',
    happened: 'Meie register ei vasta.',
    not: ours,
    now: shortly,
  },
  'PRT-5002': {
    title: 'Praegu me teid teenindada ei saa',
    happened: 'Koht, kus hoiame pooleliolevaid sisselogimisi, ei vasta.',
    not: ours,
    now: shortly,
  },
  'PRT-5003': {
    title: 'Praegu me teid teenindada ei saa',
    happened: 'Me ei saa praegu asutustele sisselogimist kinnitada.',
    not: ours,
    now: shortly,
  },
  'PRT-5004': {
    title: 'Meie poolel läks midagi katki',
    happened: 'Põhjus on meis, mitte teis. Panime selle kirja.',
    not: nothingSent,
    now: 'Proovige veel kord. Kui see kordub, helistage kasutajatoele ja öelge allolev kood.',
  },
  'PRT-5005': {
    title: 'Praegu on siin väga palju inimesi',
    happened: 'Hetkel ei saa me rohkem vastu võtta.',
    not: ours,
    now: shortly,
  },
}
