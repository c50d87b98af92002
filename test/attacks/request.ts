import { type Attack, attack, bearer, token } from './world.ts';

/** Where and how a token is carried (RFC 6750 §2, RFC 9110 §11.6.2). */
export const REQUEST: readonly Attack[] = [
  attack(
    'a token in the header and one in the query',
    () => ({ ...bearer(token()), target: `/a?access_token=${token()}` }),
    'location',
    'token.several',
  ),
  attack(
    'a token in the query where none is taken',
    () => ({ target: `/a?access_token=${token()}` }),
    'location',
    'token.in_query',
  ),
  attack(
    'a token in the query under an encoded name',
    () => ({ target: `/a?access%5Ftoken=${token()}` }),
    'location',
    'token.in_query',
  ),
  attack(
    'two spaces after the scheme',
    () => ({ fields: ['authorization', `Bearer  ${token()}`] }),
    'token_malformed',
    'token.form',
  ),
  attack(
    'a tab after the scheme',
    () => ({ fields: ['authorization', `Bearer ${token()}\tx`] }),
    'token_malformed',
    'token.form',
  ),
  attack(
    'a list of tokens in one field',
    () => ({ fields: ['authorization', `Bearer ${token()}, Bearer ${token()}`] }),
    'token_malformed',
    'token.form',
  ),
  attack(
    'a quoted token',
    () => ({ fields: ['authorization', `Bearer "${token()}"`] }),
    'token_malformed',
    'token.form',
  ),
  attack('no token after the scheme', () => ({ fields: ['authorization', 'Bearer'] }), 'token_malformed', 'token.form'),
  attack(
    'a token beside an API key',
    () => ({ target: '/both', fields: ['authorization', `Bearer ${token()}`, 'x-api-key', 'sp_live_x'] }),
    'ambiguous',
    'credential.several',
  ),
  attack('a token of 9,000 characters', () => token({}, { pad: 'x'.repeat(9_000) }), 'token_malformed', 'jwt.size'),
  attack('an opaque token', () => 'an-opaque-token-of-no-issuer', 'token_malformed', 'jwt.form'),
];
