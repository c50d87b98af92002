import { createPublicKey } from 'node:crypto';
import type { JwsAlgorithm } from '../../core/configuration.ts';
import { compileKeySet } from '../../crypto/jose/key-set.ts';
import { type DraftAuthenticator, type Flow, KEYS, Reference } from './draft.ts';
import { DraftNames, isPlainText, nameFrom } from './draft-names.ts';
import type { ImportNotes } from './import-notes.ts';
import type { LocatedDocument } from './located-document.ts';
import { listOf, memberOf, type PlainRecord, recordOf, textOf } from './plain-data.ts';

const UNKNOWN_AUDIENCE = 'put-the-audience-in';
const CREDENTIALS_MAX = 10_000;

interface Credential {
  readonly consumer: string;
  readonly fields: PlainRecord;
  readonly line: number;
}

/** Consumers and credentials of a Kong file as methods of authentication. Secrets become references to variables. */
export class KongCredentials {
  readonly authenticators: DraftAuthenticator[] = [];
  readonly consumers: Record<string, readonly string[]> = {};
  readonly variables = new Set<string>();
  readonly #names = new DraftNames();
  readonly #byHeader = new Map<string, string>();
  readonly #byIssuer = new Map<string, string>();
  readonly #of = { keyauth: 0, jwt: [] as Credential[], basic: [] as Credential[] };
  #tokens: readonly string[] | undefined;
  #passwords: readonly string[] | undefined;

  constructor(document: LocatedDocument, notes: ImportNotes) {
    this.#names.take(KEYS, KEYS);
    listOf(memberOf(document.value, 'consumers'))
      .slice(0, CREDENTIALS_MAX)
      .forEach((one, index) => {
        const consumer = recordOf(one) ?? {};
        const path = ['consumers', index];
        const line = document.lineOf(path);
        const name = nameFrom(textOf(consumer['username']) ?? textOf(consumer['custom_id']) ?? '');
        if (name === undefined || this.consumers[name] !== undefined) {
          notes.add('warning', line, 'consumer', 'has no name of its own that could be kept: not carried over');
          return;
        }
        const groups = [...listOf(consumer['acls']), ...listOf(consumer['groups'])]
          .map((acl) => nameFrom(textOf(memberOf(acl, 'group')) ?? textOf(memberOf(acl, 'name')) ?? ''))
          .filter((group): group is string => group !== undefined);
        this.consumers[name] = [...new Set(groups)];
        this.#collect(consumer, name, (key, at) => document.lineOf([...path, key, at]), notes);
      });
    const keyLine = document.lineOf(['consumers']);
    if (this.#of.keyauth > 0)
      notes.add(
        'note',
        keyLine,
        'keyauth_credentials',
        `${this.#of.keyauth === 1 ? '1 key stands in the file and is' : `${this.#of.keyauth} keys stand in the file and are`} not copied: take them over by their SHA-256 with: sallyport keys import`,
      );
  }

  /** The method for keys in one header. */
  keyMethod(header: string): string {
    if (header === 'x-api-key') return KEYS;
    const known = this.#byHeader.get(header);
    if (known !== undefined) return known;
    const name = this.#names.take(`keys-${header}`, 'keys-header');
    this.#byHeader.set(header, name);
    this.authenticators.push({ name, fields: { type: 'api-key', header }, comment: '' });
    return name;
  }

  openIdMethod(issuer: string, audience: readonly string[]): string | undefined {
    const address = issuer.replace(/\/\.well-known\/.*$/, '');
    const url = URL.parse(address);
    if (url === null || !address.startsWith('https://') || url.username !== '' || !isPlainText(address))
      return undefined;
    if (/[*?#@\s]/.test(address)) return undefined;
    const wanted = audience.filter((one) => isPlainText(one) && !one.includes('*')).slice(0, 32);
    const key = JSON.stringify([address, wanted]);
    const known = this.#byIssuer.get(key);
    if (known !== undefined) return known;
    const name = this.#names.take(url.hostname, 'issuer');
    this.#byIssuer.set(key, name);
    this.authenticators.push({
      name,
      fields: {
        type: 'jwt',
        issuer: address,
        audience: wanted.length === 0 ? UNKNOWN_AUDIENCE : wanted,
        algorithms: ['RS256', 'ES256'],
      },
      comment: wanted.length === 0 ? 'put the audience in: until then no token is taken' : '',
    });
    return name;
  }

  /** A method per credential of the jwt plugin: each is an issuer with a key of its own. */
  tokenMethods(notes: ImportNotes): readonly string[] {
    this.#tokens ??= this.#of.jwt.slice(0, 16).flatMap((credential) => this.#tokenMethod(credential, notes) ?? []);
    if (this.#of.jwt.length > 16)
      notes.add(
        'warning',
        this.#of.jwt[16]?.line ?? 1,
        'jwt_secrets',
        'only the first 16 are carried over: a route takes no more methods',
      );
    if (this.#tokens.length > 0) return this.#tokens;
    notes.add('warning', 1, 'jwt', 'no credential of it can be carried over: an API key is asked for');
    return [KEYS];
  }

  passwordMethods(notes: ImportNotes): readonly string[] {
    this.#passwords ??= this.#passwordMethod(notes);
    return this.#passwords;
  }

  #collect(consumer: PlainRecord, name: string, lineOf: (key: string, at: number) => number, notes: ImportNotes): void {
    this.#of.keyauth += listOf(consumer['keyauth_credentials']).length;
    for (const [key, into] of [
      ['jwt_secrets', this.#of.jwt],
      ['basicauth_credentials', this.#of.basic],
    ] as const)
      listOf(consumer[key]).forEach((one, at) => {
        into.push({ consumer: name, fields: recordOf(one) ?? {}, line: lineOf(key, at) });
      });
    for (const key of ['hmacauth_credentials', 'oauth2_credentials', 'mtls_auth_credentials'])
      if (listOf(consumer[key]).length > 0)
        notes.add(
          'warning',
          lineOf(key, 0),
          `${key} of ${name}`,
          'are not carried over: clients need other credentials',
        );
  }

  #tokenMethod({ consumer, fields, line }: Credential, notes: ImportNotes): string | undefined {
    const issuer = textOf(fields['key']) ?? '';
    const algorithm = textOf(fields['algorithm']) ?? 'HS256';
    const subject = `jwt_secrets of ${consumer}`;
    if (!isPlainText(issuer) || issuer.includes('*')) {
      notes.add('warning', line, subject, 'its key is no issuer that can be written: tokens of it are not taken');
      return undefined;
    }
    const keys = algorithm.startsWith('HS') ? this.#sharedSecret(consumer) : publicKey(fields, algorithm);
    if (keys === undefined || !/^(?:HS|RS|ES|PS)(?:256|384|512)$/.test(algorithm)) {
      notes.add('warning', line, subject, 'its key or algorithm cannot be used: tokens of it are not taken');
      return undefined;
    }
    const name = this.#names.take(`jwt-${consumer}`, 'jwt-consumer');
    notes.add(
      'warning',
      line,
      subject,
      'Kong asks for no audience: put the one of the tokens in, until then none is taken',
    );
    if (algorithm.startsWith('HS'))
      notes.add(
        'note',
        line,
        subject,
        `the secret is not copied: ${[...this.variables].at(-1) ?? ''} has to hold it (at least as long as the hash)`,
      );
    // The issuer is one exact text, so that it can name no consumer but its own.
    if (nameFrom(issuer) === issuer) this.consumers[issuer] ??= this.consumers[consumer] ?? [];
    this.authenticators.push({
      name,
      fields: {
        type: 'jwt',
        issuer,
        audience: UNKNOWN_AUDIENCE,
        algorithms: [algorithm],
        typ: ['at+jwt', 'jwt'],
        ...keys,
        consumer: { claim: 'iss', prefix: nameFrom(issuer) === issuer ? '' : `${consumer}:` },
      },
      comment: `consumer ${consumer}`,
    });
    return name;
  }

  #sharedSecret(consumer: string): Record<string, Flow> {
    return { secrets: [this.#variable(`KONG_JWT_${consumer}`)] };
  }

  #passwordMethod(notes: ImportNotes): readonly string[] {
    const users: Record<string, Flow> = {};
    for (const { consumer, fields, line } of this.#of.basic) {
      const user = textOf(fields['username']) ?? '';
      if (nameFrom(user) !== user || users[user] !== undefined) {
        notes.add(
          'warning',
          line,
          `basicauth_credentials of ${consumer}`,
          'its user name cannot be kept: not carried over',
        );
        continue;
      }
      const hash = this.#variable(`KONG_BASIC_${consumer}_${user}`);
      users[user] = { passwordHash: hash, consumer };
      notes.add(
        'note',
        line,
        `basicauth_credentials of ${consumer}`,
        `the password is not copied: ${hash.variable} has to hold its hash, made by: sallyport passwords hash`,
      );
    }
    if (Object.keys(users).length === 0) {
      notes.add('warning', 1, 'basic-auth', 'no user of it stands in the file: an API key is asked for');
      return [KEYS];
    }
    const name = this.#names.take('passwords', 'passwords');
    this.authenticators.push({ name, fields: { type: 'basic', users }, comment: '' });
    return [name];
  }

  #variable(wanted: string): Reference {
    const plain = wanted
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, '_')
      .slice(0, 120);
    let name = plain;
    for (let count = 2; this.variables.has(name); count++) name = `${plain}_${count}`;
    this.variables.add(name);
    return new Reference(name);
  }
}

/** The public key as a JSON Web Key, where it is one that would be accepted. */
function publicKey(fields: PlainRecord, algorithm: string): Record<string, Flow> | undefined {
  const pem = textOf(fields['rsa_public_key']) ?? '';
  if (pem.length > 16_384 || pem.includes('PRIVATE')) return undefined;
  try {
    const { kty, n, e, crv, x, y } = createPublicKey(pem).export({ format: 'jwk' });
    const key: Record<string, string> = {};
    for (const [member, value] of Object.entries({ kty, n, e, crv, x, y, alg: algorithm, kid: 'kong' }))
      if (typeof value === 'string') key[member] = value;
    const usable = compileKeySet([key], [algorithm as JwsAlgorithm]).faults.length === 0;
    return usable ? { jwks: { keys: [key] } } : undefined;
  } catch {
    return undefined;
  }
}
