import { isCredentialHeader, isScope } from '../formats-network.ts';
import {
  ASKS_FOR_KEY,
  asksNothing,
  CLOSED,
  type DraftAuthenticator,
  type DraftProtection,
  type Flow,
  KEYS,
} from './draft.ts';
import { DraftNames, isPlainText } from './draft-names.ts';
import type { ImportNotes } from './import-notes.ts';
import { listOf, memberOf, type PlainRecord, recordOf, textOf } from './plain-data.ts';

/** An issuer under a name that is reserved never to exist (RFC 2606): until it is replaced, no token is taken. */
const UNKNOWN_ISSUER = 'https://issuer.invalid';
const ALTERNATIVES_MAX = 16;

/** A method of its own, API keys in their place, or nothing that would be as strict. */
type Method = { readonly fields: Record<string, Flow>; readonly comment: string } | 'keys' | undefined;

interface Scheme {
  /** Name of the method, or undefined where there is none that would be as strict. */
  readonly authenticator: string | undefined;
}

/** Security schemes as methods of authentication, and security requirements as what a route asks. */
export class OpenApiSecurity {
  readonly authenticators: DraftAuthenticator[] = [];
  readonly #schemes = new Map<string, Scheme>();
  readonly #notes: ImportNotes;
  readonly #audience: string;

  constructor(schemes: unknown, audience: string, lineOf: (scheme: string) => number, notes: ImportNotes) {
    this.#notes = notes;
    this.#audience = audience;
    const names = new DraftNames();
    names.take(KEYS, KEYS);
    for (const [scheme, definition] of Object.entries(recordOf(schemes) ?? {})) {
      const made = this.#method(scheme, recordOf(definition) ?? {}, lineOf(scheme));
      if (made === 'keys') this.#schemes.set(scheme, { authenticator: KEYS });
      else if (made === undefined) this.#schemes.set(scheme, { authenticator: undefined });
      else {
        const name = names.take(scheme, 'method');
        this.authenticators.push({ name, ...made });
        this.#schemes.set(scheme, { authenticator: name });
      }
    }
  }

  /** What a `security` asks; `undefined` where neither the operation nor the document says anything. */
  protection(security: unknown, subject: string, line: number): DraftProtection {
    if (security === undefined) return ASKS_FOR_KEY;
    if (!Array.isArray(security)) return this.#close(subject, line, 'the security requirement is malformed');
    const alternatives = listOf(security).map((one) => recordOf(one));
    if (alternatives.some((one) => one === undefined))
      return this.#close(subject, line, 'the security requirement is malformed');
    const asked = alternatives.filter((one): one is PlainRecord => one !== undefined && Object.keys(one).length > 0);
    if (asked.length === 0) return asksNothing('the document says security: []');
    if (asked.length < alternatives.length)
      this.#notes.add('warning', line, subject, 'takes calls without credential too: here one is always asked for');
    const single = asked.filter((one) => Object.keys(one).length === 1);
    if (single.length === 0) {
      const first = asked[0] ?? {};
      if (asked.length > 1)
        this.#notes.add('warning', line, subject, 'of several sets of credentials only the first is taken');
      return this.#requirement('allOf', [first], subject, line);
    }
    if (single.length < asked.length)
      this.#notes.add('warning', line, subject, 'sets of credentials beside single ones are not taken');
    return this.#requirement('anyOf', single.slice(0, ALTERNATIVES_MAX), subject, line);
  }

  #requirement(
    kind: 'anyOf' | 'allOf',
    alternatives: readonly PlainRecord[],
    subject: string,
    line: number,
  ): DraftProtection {
    const names = new Set<string>();
    const scopes = new Set<string>();
    const scopeSets = new Set<string>();
    for (const alternative of alternatives) {
      for (const [scheme, wanted] of Object.entries(alternative)) {
        const known = this.#schemes.get(scheme);
        if (known === undefined) return this.#close(subject, line, 'a security scheme is named that is not defined');
        if (known.authenticator === undefined)
          return this.#close(subject, line, 'a security scheme has no counterpart that can be written without more');
        names.add(known.authenticator);
        const own = listOf(wanted).map((one) => textOf(one) ?? '');
        if (!own.every((one) => isScope(one) && isPlainText(one)))
          return this.#close(subject, line, 'a scope cannot be written as one');
        for (const one of own) scopes.add(one);
        if (kind === 'anyOf') scopeSets.add([...own].sort().join(' '));
      }
    }
    if (names.size > ALTERNATIVES_MAX || scopes.size > 100)
      return this.#close(subject, line, 'asks for more than a route can');
    if (scopeSets.size > 1)
      this.#notes.add(
        'warning',
        line,
        subject,
        'its scopes depend on the credential: here every credential needs all of them',
      );
    const effective = names.size === 1 ? 'anyOf' : kind;
    return { ...ASKS_FOR_KEY, authenticate: { kind: effective, names: [...names] }, scopes: [...scopes] };
  }

  #close(subject: string, line: number, message: string): DraftProtection {
    this.#notes.add('error', line, subject, `${message}: closed`);
    return CLOSED;
  }

  #method(name: string, scheme: PlainRecord, line: number): Method {
    const subject = `security scheme ${name}`;
    const say = (severity: 'warning' | 'note' | 'error', message: string): void =>
      this.#notes.add(severity, line, subject, message);
    const type = textOf(scheme['type'])?.toLowerCase();
    switch (type) {
      case 'apikey': {
        const header = textOf(scheme['name']) ?? '';
        if (scheme['in'] !== 'header') {
          say(
            'warning',
            `keys in ${scheme['in'] === 'cookie' ? 'a cookie' : 'the query'} are not taken: clients send them in the header x-api-key`,
          );
          return 'keys';
        }
        if (!isCredentialHeader(header)) {
          say('warning', 'keys cannot come in a header of this name: clients send them in x-api-key');
          return 'keys';
        }
        say(
          'note',
          'make keys with: sallyport keys create, or take existing ones over by their SHA-256: sallyport keys import',
        );
        return { fields: { type: 'api-key', header: header.toLowerCase() }, comment: '' };
      }
      case 'basic':
        say(
          'warning',
          'users of Basic have to be listed (type: basic; sallyport passwords hash): until then an API key is asked for',
        );
        return 'keys';
      case 'http':
        return this.#httpMethod(scheme, say);
      case 'oauth2':
        return this.#tokens(tokenIssuer(scheme), say);
      case 'openidconnect': {
        const url = textOf(scheme['openIdConnectUrl']) ?? '';
        const end = url.indexOf('/.well-known/');
        return this.#tokens(end > 0 ? url.slice(0, end) : undefined, say);
      }
      case 'mutualtls':
        say(
          'error',
          'client certificates need listen.tls with clientAuth and clientCa, and a method of type mtls: what asks for them is closed',
        );
        return undefined;
      default:
        say('error', 'is of a type that is not known: what asks for it is closed');
        return undefined;
    }
  }

  #httpMethod(scheme: PlainRecord, say: (severity: 'warning' | 'note' | 'error', message: string) => void): Method {
    switch (textOf(scheme['scheme'])?.toLowerCase()) {
      case 'bearer':
        return this.#tokens(undefined, say);
      case 'basic':
        say(
          'warning',
          'users of Basic have to be listed (type: basic; sallyport passwords hash): until then an API key is asked for',
        );
        return 'keys';
      default:
        say('error', 'is an HTTP scheme without counterpart: what asks for it is closed');
        return undefined;
    }
  }

  #tokens(
    issuer: string | undefined,
    say: (severity: 'warning' | 'note', message: string) => void,
  ): { readonly fields: Record<string, Flow>; readonly comment: string } {
    const known = issuer !== undefined && isIssuer(issuer) ? issuer : undefined;
    say(
      'warning',
      known === undefined
        ? 'does not say who issues the tokens: put issuer and audience in, or type: introspection for opaque ones; until then none is taken'
        : 'issuer and audience are read from addresses: compare them with iss and aud of a token',
    );
    return {
      fields: {
        type: 'jwt',
        issuer: known ?? UNKNOWN_ISSUER,
        audience: this.#audience,
        algorithms: ['RS256', 'ES256'],
      },
      comment:
        known === undefined ? 'put issuer, audience and algorithms in' : 'compare issuer and audience with a token',
    };
  }
}

/** The origin of the token endpoint, of all flows if they agree. */
function tokenIssuer(scheme: PlainRecord): string | undefined {
  const flows = Object.values(recordOf(scheme['flows']) ?? {});
  const urls = [scheme, ...flows].flatMap((one) => {
    const text = textOf(memberOf(one, 'tokenUrl')) ?? textOf(memberOf(one, 'authorizationUrl'));
    const url = text === undefined ? null : URL.parse(text);
    return url === null ? [] : [url.origin];
  });
  return new Set(urls).size === 1 ? urls[0] : undefined;
}

function isIssuer(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    text.startsWith('https://') &&
    url.username === '' &&
    url.password === '' &&
    !/[*?#@\s]/.test(text) &&
    isPlainText(text)
  );
}
