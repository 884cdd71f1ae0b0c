/** 17 Mobile-ID: what the telephone or its provider answered (1702 to 1709), what the service did in place of an answer (1711 to 1719), and what was wrong with one (1720 to 1726). */
export const MOBILE_ID_TROUBLE = {
  'PRT-1701': { status: 422, meaning: 'The telephone number has the wrong form, or no country that we know.' },
  'PRT-1702': {
    status: 403,
    meaning:
      'NOT_MID_CLIENT: this number has no active Mobile-ID, or it is not that of this person code. The operator of the phone knows which.',
  },
  'PRT-1703': { status: 403, meaning: 'TIMEOUT: nobody confirmed on the phone within two minutes.' },
  'PRT-1704': { status: 403, meaning: 'USER_CANCELLED: somebody refused on the phone.' },
  'PRT-1705': {
    status: 403,
    meaning:
      'SIGNATURE_HASH_MISMATCH: the SIM or the Mobile-ID behind it is set up wrongly; the operator of the phone must put it right.',
  },
  'PRT-1706': { status: 403, meaning: 'PHONE_ABSENT: the phone is off or out of reach.' },
  'PRT-1707': { status: 403, meaning: 'DELIVERY_ERROR: the message to the SIM did not arrive.' },
  'PRT-1708': { status: 403, meaning: 'SIM_ERROR: the SIM answered that it could not do it.' },
  'PRT-1709': {
    status: 503,
    meaning: 'The provider ended the session with a result that its documentation does not have.',
  },
  'PRT-1711': {
    status: 503,
    meaning:
      'The provider calls our request malformed (400). Something in PRATU_MOBILE_ID_* or in this release does not fit its service.',
  },
  'PRT-1712': {
    status: 503,
    meaning:
      'The provider does not know us (401): PRATU_MOBILE_ID_RP_UUID and PRATU_MOBILE_ID_RP_NAME, and the address from which we come, must be those of the contract.',
  },
  'PRT-1713': {
    status: 403,
    meaning: 'The provider has forgotten the session (404): its five minutes were over, or it was restarted.',
  },
  'PRT-1714': {
    status: 503,
    meaning:
      'The provider has nothing at this address (404, 405, or a status it never gives). Look at PRATU_MOBILE_ID_ADDRESS.',
  },
  'PRT-1715': { status: 503, meaning: 'The provider says that we ask too often (429).' },
  'PRT-1716': { status: 503, meaning: 'The provider has a fault of its own (5xx).' },
  'PRT-1717': { status: 503, meaning: 'The provider is closed for maintenance (503).' },
  'PRT-1718': {
    status: 503,
    meaning:
      'The provider can not be reached: no connection, no answer in time, another key than PRATU_MOBILE_ID_SERVER_KEYS, or left alone for ten seconds after five failures. The log has `mobile-id-failed`.',
  },
  'PRT-1719': { status: 503, meaning: 'The provider answered what is no answer of its interface.' },
  'PRT-1720': {
    status: 403,
    meaning:
      'The answer of the phone was refused. The page says no more on purpose; the audit has the reason (`pratu explain` with the request number prints it).',
  },
  'PRT-1721': { status: 403, meaning: "The Mobile-ID's certificate has expired or is not valid yet." },
  'PRT-1722': { status: 403, meaning: 'The Mobile-ID was revoked or suspended by whoever issued it.' },
  'PRT-1723': {
    status: 503,
    meaning: 'Whether the Mobile-ID was revoked could not be found out: its revocation service does not answer.',
  },
  'PRT-1724': {
    status: 403,
    meaning:
      'The certificate in the answer is of another person than the one who was asked for. The provider, or whoever stands between, must explain it.',
  },
  'PRT-1725': {
    status: 403,
    meaning:
      'The signature in the answer is not one of this certificate over the hash of this attempt: forged, broken, or an answer of another day.',
  },
  'PRT-1726': {
    status: 403,
    meaning:
      'An emergency block covers this Mobile-ID; the page shows the reason given with it. See `pratu cards blocks`.',
  },
} as const
