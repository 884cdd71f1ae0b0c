// Estonian words of Smart-ID.
import type { SmartIdVocabulary } from './smart-id-en.ts'
import type { SmartIdTrouble } from './smart-id-shape.ts'
import type { TroubleWords } from './trouble-shape.ts'

export const etSmartId: SmartIdVocabulary = {
  title: 'Sisselogimine Smart-ID-ga',
  lead: 'Järgmisel lehel on ruutkood. Skannige see telefonis Smart-ID rakendusega ja kinnitage seal PIN1-koodiga.',
  same: 'Kui rakendus on selles seadmes, on järgmisel lehel nupp, mis selle avab.',
  start: 'Näita koodi',
  scan: {
    title: 'Skannige kood Smart-ID rakendusega',
    alt: 'Ruutkood Smart-ID rakenduse jaoks. See muutub igal sekundil.',
    how: 'Avage telefonis Smart-ID ja skannige kood. Rakendus nimetab teenuse, kuhu olete minemas: kinnitage ainult siis, kui see on õige.',
    open: 'Ava Smart-ID selles seadmes',
    orOpen: 'Kas rakendus on selles seadmes?',
    back: 'Olete rakenduses kinnitanud. See avab lehe, kus saate jätkata: samas brauseris, võib-olla teisel vahekaardil.',
    backTitle: 'Jätkake lehel, mille rakendus avab',
  },
  notify: {
    title: 'Või isikukoodiga',
    lead: 'Saadame küsimuse teie telefoni. Kasutage seda ainult siis, kui te ei saa skannida.',
    start: 'Saada telefoni',
    codeTitle: 'Valige telefonis see number',
    code: 'Smart-ID rakendus näitab kolme numbrit. Valige see:',
    otherwise: 'Kui seda numbrit seal ei ole, keelduge rakenduses ja katkestage siin.',
  },
}

const nothing = 'Asutusele ei saadetud midagi.'
const fine = 'Teie Smart-ID ei ole rikkis.'
const another = 'Valige teine sisselogimisviis või proovige uuesti.'
const later = 'Oodake mõni minut ja proovige uuesti või valige teine sisselogimisviis.'
const help = 'Valige teine sisselogimisviis ja öelge kasutajatoele allolev kood.'
const inApp = 'Avage Smart-ID rakendus: see ütleb, mida teha. Seni valige teine sisselogimisviis.'

export const etSmartIdTrouble: Record<SmartIdTrouble, TroubleWords> = {
  'PRT-1801': {
    title: 'Keeldusite rakenduses',
    happened: 'Smart-ID rakendus teatas, et te keeldusite.',
    not: nothing,
    now: another,
  },
  'PRT-1802': {
    title: 'Aeg sai läbi',
    happened: 'Smart-ID rakenduses ei kinnitanud keegi õigel ajal.',
    not: nothing,
    now: another,
  },
  'PRT-1803': {
    title: 'Teie Smart-ID kontot ei saa kasutada',
    happened: 'Smart-ID teatel ei ole see konto praegu kasutatav.',
    not: nothing,
    now: inApp,
  },
  'PRT-1804': {
    title: 'See oli teine number',
    happened: 'Rakenduses valiti number, mida see leht ei näidanud. Kas alustasite sisselogimist ise?',
    not: nothing,
    now: 'Kui see oli eksitus, proovige uuesti. Kui te ise ei alustanud, alustas keegi teine: ärge tehke rohkem midagi.',
  },
  'PRT-1805': {
    title: 'Teie Smart-ID rakendus on liiga vana',
    happened: 'See ei oska näidata, mida me küsime.',
    not: nothing,
    now: 'Uuendage rakendust ja proovige uuesti või valige teine sisselogimisviis.',
  },
  'PRT-1806': {
    title: 'Kontot ei valitud',
    happened: 'Teil on mitu Smart-ID kontot ja rakenduses ei valitud ühtegi.',
    not: nothing,
    now: another,
  },
  'PRT-1807': {
    title: 'Katkestasite rakenduses',
    happened: 'Smart-ID rakendus teatas, et katkestasite enne PIN-koodi.',
    not: nothing,
    now: another,
  },
  'PRT-1808': {
    title: 'Rakendus ei saanud koodi kasutada',
    happened: 'Kood oli skannimise ajal liiga vana või ei olnud meie oma.',
    not: nothing,
    now: 'Proovige uuesti: skannige kood otse sellelt ekraanilt, mitte pildilt.',
  },
  'PRT-1809': {
    title: 'Smart-ID ootab teistsugust küsimust',
    happened: 'Rakendus ootas teist liiki küsimust kui meie oma.',
    not: fine,
    now: help,
  },
  'PRT-1810': {
    title: 'Smart-ID-s on rike',
    happened: 'Sisselogimine katkes Smart-ID poolel.',
    not: fine,
    now: later,
  },
  'PRT-1811': {
    title: 'Teie Smart-ID kontot ei saa praegu kasutada',
    happened: 'Smart-ID teatel tuleb selle kontoga enne midagi korda ajada.',
    not: nothing,
    now: inApp,
  },
  'PRT-1812': {
    title: 'Smart-ID vastas tundmatul viisil',
    happened: 'Sisselogimine lõppes viisil, mida me ei tunne.',
    not: nothing,
    now: help,
  },
  'PRT-1820': {
    title: 'Smart-ID ei võtnud meie küsimust vastu',
    happened: 'Meie küsimises on viga. Selle parandame meie.',
    not: fine,
    now: help,
  },
  'PRT-1821': {
    title: 'Smart-ID ei tunne meid',
    happened: 'Meie teenus ei saanud end seal tuvastada. Selle parandame meie.',
    not: fine,
    now: help,
  },
  'PRT-1822': {
    title: 'Me ei tohi seda Smart-ID-lt küsida',
    happened: 'Smart-ID keeldus meie teenusest. Selle parandame meie.',
    not: fine,
    now: help,
  },
  'PRT-1823': {
    title: 'Smart-ID kontot ei leitud',
    happened: 'Sellel isikukoodil ei ole kontot, mida siin saaks kasutada.',
    not: nothing,
    now: 'Kontrollige isikukoodi või valige teine sisselogimisviis.',
  },
  'PRT-1824': {
    title: 'Sisselogimine läks Smart-ID-s kaduma',
    happened: 'Smart-ID ei tunne enam sisselogimist, mida hetk tagasi alustati.',
    not: nothing,
    now: another,
  },
  'PRT-1825': {
    title: 'Meie ühendus Smart-ID-ga on liiga vana',
    happened: 'Smart-ID palub meil selle uuendada. Selle teeme meie.',
    not: fine,
    now: help,
  },
  'PRT-1826': {
    title: 'Smart-ID on hoolduses',
    happened: 'Smart-ID on hoolduse ajaks suletud.',
    not: fine,
    now: later,
  },
  'PRT-1827': {
    title: 'Smart-ID kasutajaid on praegu liiga palju',
    happened: 'Smart-ID ei võta meilt hetkel rohkem küsimusi vastu.',
    not: fine,
    now: later,
  },
  'PRT-1828': {
    title: 'Smart-ID ei tööta',
    happened: 'Selle teenus vastab veaga.',
    not: fine,
    now: later,
  },
  'PRT-1829': {
    title: 'Smart-ID ei ole kättesaadav',
    happened: 'Selle teenus ei vasta meile.',
    not: fine,
    now: later,
  },
  'PRT-1830': {
    title: 'Smart-ID vastus on arusaamatu',
    happened: 'Selle teenus vastas midagi, mida me ei oska lugeda.',
    not: fine,
    now: later,
  },
  'PRT-1831': {
    title: 'Vastust ei võetud vastu',
    happened: 'Smart-ID-lt tulnud vastus ei tõenda, kes te olete.',
    not: nothing,
    now: help,
  },
  'PRT-1832': {
    title: 'Teie Smart-ID on aegunud',
    happened: 'Teie konto sertifikaat ei kehti enam või ei kehti veel.',
    not: nothing,
    now: inApp,
  },
  'PRT-1833': {
    title: 'Teie Smart-ID on tühistatud',
    happened: 'Väljaandja teatel see enam ei kehti. Võib-olla teatati selle kadumisest.',
    not: nothing,
    now: 'Valige teine sisselogimisviis. Kui te ise ei teatanud midagi, küsige Smart-ID-lt ja helistage kasutajatoele.',
  },
  'PRT-1834': {
    title: 'Teie Smart-ID-d ei saa praegu kontrollida',
    happened: 'Väljaandja ei vasta meile, kas see veel kehtib.',
    not: fine,
    now: later,
  },
  'PRT-1835': {
    title: 'See Smart-ID konto ei ole piisavalt kindel',
    happened: 'Teil on Smart-ID Basic konto. Siin on vaja täiskontot.',
    not: nothing,
    now: 'Valige teine sisselogimisviis. Smart-ID ütleb, kuidas saada täiskonto.',
  },
  'PRT-1836': {
    title: 'Teie konto liik on ajutiselt peatatud',
    happened: 'Nende Smart-ID kontodega sisselogimine peatati turvalisuse pärast.',
    not: nothing,
    now: 'Valige teine sisselogimisviis.',
  },
  'PRT-1837': {
    title: 'Kinnitas keegi teine',
    happened: 'Vastus tuli teiselt inimeselt kui see, kelle isikukood sisestati.',
    not: nothing,
    now: 'Kontrollige isikukoodi ja proovige uuesti.',
  },
  'PRT-1838': {
    title: 'See ei kuulu teie sisselogimise juurde',
    happened: 'Rakendus tuli tagasi millegagi, mis ei ole selle brauseri sisselogimisest. See võib olla vanem.',
    not: nothing,
    now: 'Proovige uuesti. Kui keegi saatis teile lingi, ärge seda avage.',
  },
  'PRT-1839': {
    title: 'Rakendus läks tagasi teise brauserisse',
    happened:
      'Te kinnitasite, kuid rakendus ei tulnud sellesse brauserisse tagasi. Kui keegi saatis teile lingi, oli sisselogimine tema oma.',
    not: 'Kedagi ei logitud sisse.',
    now: 'Proovige uuesti ja laske rakendusel avada see brauser või skannige kood telefoniga.',
  },
}
