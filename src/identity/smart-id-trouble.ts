// The lines of the table in trouble.ts that are Smart-ID's: 1801–1812 how a session ended, 1820–1830 what its service said
// instead, 1831–1839 what was wrong with an answer.

export const SMART_ID_TROUBLE = {
  'PRT-1801': { status: 403, meaning: 'Smart-ID USER_REFUSED: the person refused in the app.' },
  'PRT-1802': { status: 403, meaning: 'Smart-ID TIMEOUT: nobody answered in time, or nobody scanned the code.' },
  'PRT-1803': {
    status: 403,
    meaning:
      'Smart-ID DOCUMENT_UNUSABLE: the account can’t be used. The person looks into the app or asks its help desk.',
  },
  'PRT-1804': { status: 403, meaning: 'Smart-ID WRONG_VC: the person chose another code than the page showed.' },
  'PRT-1805': {
    status: 403,
    meaning: 'Smart-ID REQUIRED_INTERACTION_NOT_SUPPORTED_BY_APP: the app is too old for what we ask.',
  },
  'PRT-1806': {
    status: 403,
    meaning: 'Smart-ID USER_REFUSED_CERT_CHOICE: the person has several accounts and chose none.',
  },
  'PRT-1807': {
    status: 403,
    meaning: 'Smart-ID USER_REFUSED_INTERACTION: the person pressed cancel on a screen; the audit says on which.',
  },
  'PRT-1808': {
    status: 403,
    meaning:
      'Smart-ID PROTOCOL_FAILURE: app and service did not understand each other; a forged or stale code does that.',
  },
  'PRT-1809': {
    status: 503,
    meaning: 'Smart-ID EXPECTED_LINKED_SESSION: the app wants another kind of session. Look at the provider’s notices.',
  },
  'PRT-1810': { status: 503, meaning: 'Smart-ID SERVER_ERROR: the session ended by a fault of the provider.' },
  'PRT-1811': {
    status: 403,
    meaning:
      'Smart-ID ACCOUNT_UNUSABLE: the account can’t be used. The person looks into the app or asks its help desk.',
  },
  'PRT-1812': { status: 503, meaning: 'The Smart-ID session ended in a way that we do not know.' },
  'PRT-1820': {
    status: 503,
    meaning: 'Smart-ID answers 400: our request is wrong. The audit has its error code; look at PRATU_SMART_ID_*.',
  },
  'PRT-1821': {
    status: 503,
    meaning:
      'Smart-ID answers 401: it does not know us. Look at PRATU_SMART_ID_RP_UUID, RP_NAME and the contract’s addresses.',
  },
  'PRT-1822': {
    status: 503,
    meaning: 'Smart-ID answers 403: it knows us, and we may not do this. Look at the contract.',
  },
  'PRT-1823': {
    status: 404,
    meaning: 'Smart-ID answers 404: the typed person code has no suitable account there.',
  },
  'PRT-1824': { status: 503, meaning: 'Smart-ID has lost the session that it opened (404).' },
  'PRT-1825': { status: 503, meaning: 'Smart-ID answers 480: our side of its interface is too old. Update Pratu.' },
  'PRT-1826': { status: 503, meaning: 'Smart-ID answers 580: maintenance.' },
  'PRT-1827': {
    status: 503,
    meaning: 'Smart-ID answers 429: too many requests of ours. Look at the contract’s limits.',
  },
  'PRT-1828': { status: 503, meaning: 'Smart-ID answers 5xx, or a status that it never should.' },
  'PRT-1829': { status: 503, meaning: 'Smart-ID can not be reached, or is left alone after many failures.' },
  'PRT-1830': { status: 503, meaning: 'Smart-ID answers what its interface does not know.' },
  'PRT-1831': {
    status: 403,
    meaning:
      'The Smart-ID answer was refused. The page says no more on purpose; the audit has the reason (`pratu explain` with the request number prints it).',
  },
  'PRT-1832': { status: 403, meaning: 'The certificate of the Smart-ID account has expired or is not valid yet.' },
  'PRT-1833': { status: 403, meaning: 'The certificate of the Smart-ID account was revoked.' },
  'PRT-1834': {
    status: 503,
    meaning:
      'Whether the Smart-ID certificate was revoked could not be found out: its revocation service does not answer.',
  },
  'PRT-1835': {
    status: 403,
    meaning: 'The Smart-ID account is of a lower level than PRATU_SMART_ID_LEVEL: a basic account.',
  },
  'PRT-1836': {
    status: 403,
    meaning: 'An emergency block covers this Smart-ID certificate; the page shows the reason given with it.',
  },
  'PRT-1837': { status: 403, meaning: 'Somebody else confirmed than the person whose code was typed.' },
  'PRT-1838': {
    status: 403,
    meaning: 'The Smart-ID app came back with what does not belong to this sign-in: an old page, or somebody else’s.',
  },
  'PRT-1839': {
    status: 403,
    meaning:
      'The Smart-ID app confirmed but came back into another browser than the one that began. Nobody is signed in there either.',
  },
} as const satisfies Record<string, { readonly status: number; readonly meaning: string }>
