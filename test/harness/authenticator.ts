import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

/** What an authenticator of the test does otherwise than it should. */
export interface Misbehaviour {
  readonly origin?: string;
  readonly rpId?: string;
  readonly counter?: number;
  readonly userVerified?: boolean;
  readonly userHandle?: string | undefined;
  readonly crossOrigin?: boolean;
  readonly backedUp?: boolean;
  readonly backupEligible?: boolean;
  readonly challenge?: string;
  readonly type?: string;
  readonly signWith?: KeyObject;
}

interface Options {
  readonly challenge: string;
}

/** A passkey in software (WebAuthn Level 3): ES256, attestation `none`, and honest unless it is told otherwise. */
export class SoftwareAuthenticator {
  readonly id = randomBytes(16);
  readonly origin: string;
  readonly rpId: string;
  userHandle = '';
  counter = 0;
  readonly privateKey: KeyObject;
  readonly #publicKey: KeyObject;

  constructor(origin: string) {
    this.origin = origin;
    this.rpId = new URL(origin).hostname;
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.privateKey = privateKey;
    this.#publicKey = publicKey;
  }

  /** `navigator.credentials.create(…).toJSON()`. */
  create(options: Options & { readonly user: { readonly id: string } }, bad: Misbehaviour = {}): object {
    this.userHandle = options.user.id;
    const { x, y } = this.#publicKey.export({ format: 'jwk' });
    const key = map([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(String(x), 'base64url')],
      [-3, Buffer.from(String(y), 'base64url')],
    ]);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.id.length);
    const authData = Buffer.concat([this.#head(bad, 0x40), Buffer.alloc(16), length, this.id, key]);
    const attestationObject = map([
      ['fmt', 'none'],
      ['attStmt', map([])],
      ['authData', authData],
    ]);
    return this.#credential({
      clientDataJSON: this.#clientData('webauthn.create', options, bad).toString('base64url'),
      attestationObject: attestationObject.toString('base64url'),
      transports: ['internal', 'made-up'],
    });
  }

  /** `navigator.credentials.get(…).toJSON()`. */
  get(options: Options, bad: Misbehaviour = {}): object {
    const authData = this.#head(bad, 0);
    const clientData = this.#clientData('webauthn.get', options, bad);
    const signature = createSign('sha256')
      .update(authData)
      .update(createHash('sha256').update(clientData).digest())
      .sign(bad.signWith ?? this.privateKey);
    return this.#credential({
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: signature.toString('base64url'),
      ...('userHandle' in bad
        ? bad.userHandle === undefined
          ? {}
          : { userHandle: bad.userHandle }
        : { userHandle: this.userHandle }),
    });
  }

  #credential(response: object): object {
    const id = this.id.toString('base64url');
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response };
  }

  #head(
    { rpId = this.rpId, counter, userVerified = true, backupEligible = true, backedUp = true }: Misbehaviour,
    more: number,
  ): Buffer {
    const flags = 0x01 | (userVerified ? 0x04 : 0) | (backupEligible ? 0x08 : 0) | (backedUp ? 0x10 : 0) | more;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter ?? this.counter);
    return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.of(flags), count]);
  }

  #clientData(type: string, { challenge }: Options, bad: Misbehaviour): Buffer {
    return Buffer.from(
      JSON.stringify({
        type: bad.type ?? type,
        challenge: bad.challenge ?? challenge,
        origin: bad.origin ?? this.origin,
        crossOrigin: bad.crossOrigin ?? false,
      }),
    );
  }
}

/** CBOR (RFC 8949) of what is needed here; a Buffer made by `map` is taken as it is, marked by its place in MADE. */
const MADE = new WeakSet<Buffer>();

function map(entries: readonly (readonly [string | number, string | number | Buffer])[]): Buffer {
  const made = Buffer.concat([head(5, entries.length), ...entries.flatMap(([key, value]) => [cbor(key), cbor(value)])]);
  MADE.add(made);
  return made;
}

function cbor(value: string | number | Buffer): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  return MADE.has(value) ? value : Buffer.concat([head(2, value.length), value]);
}

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.of((major << 5) | value);
  if (value < 256) return Buffer.of((major << 5) | 24, value);
  return Buffer.of((major << 5) | 25, value >> 8, value & 0xff);
}
