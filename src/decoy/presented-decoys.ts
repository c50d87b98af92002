import { type Call, headerValue } from '../core/call.ts';
import { decoySignal, type PublishedDecoys } from './honey-credentials.ts';

const HEADER_CHARACTERS_MAX = 1_024;
/** Tokens looked at of one text. */
const TOKENS_MAX = 4;
const BASIC_CHARACTERS_MAX = 1_024;
const BASIC = 'basic ';
const CLIENT_PARAMETER = 'client_id=';

/**
 * Knows planted tokens and clients again in calls that are over. It is asked after the answer has gone, so that a caller
 * cannot measure it; and not about calls whose token was verified, which none of these can be.
 */
export class PresentedDecoys {
  readonly #tokens: ReadonlySet<string>;
  readonly #clients: ReadonlySet<string>;

  constructor({ tokens, clients }: PublishedDecoys) {
    this.#tokens = new Set(tokens);
    this.#clients = new Set(clients);
  }

  /** Signals of those that came with the call: in `Authorization`, cookies or the query. None of these is a credential. */
  signals({ headers, query }: Call): readonly string[] {
    if (this.#tokens.size === 0 && this.#clients.size === 0) return NONE;
    const found = new Set<string>();
    const authorization = headerValue(headers, 'authorization') ?? '';
    if (this.#tokens.size > 0)
      for (const text of [authorization, query, headerValue(headers, 'cookie') ?? '']) this.#findTokens(text, found);
    if (this.#clients.size > 0) {
      this.#addClient(basicUser(authorization), found);
      this.#addClient(clientParameter(query), found);
    }
    return found.size === 0 ? NONE : [...found];
  }

  #findTokens(text: string, found: Set<string>): void {
    let looked = 0;
    for (let at = text.indexOf('eyJ'); at >= 0 && looked < TOKENS_MAX; at = text.indexOf('eyJ', at + 3)) {
      const dot = text.indexOf('.', at);
      if (dot < 0) return;
      if (dot - at > HEADER_CHARACTERS_MAX) continue;
      looked++;
      const kid = kidOf(text.slice(at, dot));
      if (kid !== undefined && this.#tokens.has(kid)) found.add(decoySignal('token', kid));
    }
  }

  #addClient(id: string | undefined, found: Set<string>): void {
    if (id !== undefined && this.#clients.has(id)) found.add(decoySignal('client', id));
  }
}

const NONE: readonly string[] = Object.freeze([]);

function kidOf(encoded: string): string | undefined {
  try {
    const header: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
    if (typeof header !== 'object' || header === null || !('kid' in header)) return undefined;
    return typeof header.kid === 'string' ? header.kid : undefined;
  } catch {
    return undefined;
  }
}

function basicUser(authorization: string): string | undefined {
  if (authorization.length > BASIC_CHARACTERS_MAX || authorization.slice(0, BASIC.length).toLowerCase() !== BASIC)
    return undefined;
  const text = Buffer.from(authorization.slice(BASIC.length), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(0, colon);
}

function clientParameter(query: string): string | undefined {
  const at = query.startsWith(CLIENT_PARAMETER) ? 0 : query.indexOf(`&${CLIENT_PARAMETER}`) + 1;
  if (at === 0 && !query.startsWith(CLIENT_PARAMETER)) return undefined;
  const from = at + CLIENT_PARAMETER.length;
  const end = query.indexOf('&', from);
  return query.slice(from, end < 0 ? undefined : end);
}
