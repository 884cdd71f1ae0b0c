// The relying party of the benchmark, the same at Pratu and at the peer.

export const AGENCY = 'bench'
/** The same, agreed to hold refresh tokens. */
export const REFRESHING = 'bench-refresh'
/** Nothing listens there: the driver reads the answer from the redirect. */
export const CALLBACK = 'http://localhost:9/bench/callback'
