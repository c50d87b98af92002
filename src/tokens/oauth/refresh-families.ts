import { createHash } from 'node:crypto';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { RefreshPolicy } from '../../core/issuer.ts';
import { createSealer } from '../../crypto/sealing.ts';
import type { Clock } from '../../ports.ts';
import type { OAuthRecords, ReadRecord } from './records.ts';

const MODEL = 'RefreshToken';
/** Requests that wait for their turn in one family; more than that are nobody's tabs. */
const WAITING_MAX = 5_000;

export interface RefreshFamiliesOptions {
  readonly records: OAuthRecords;
  readonly clock: Clock;
  readonly policy: () => RefreshPolicy;
  /** A replaced token was presented again: within the grace and answered with its successor, or as a theft. */
  readonly onReuse: (reuse: RefreshReuse) => void;
}

export interface RefreshReuse {
  readonly kind: 'grace' | 'graceExhausted' | 'reuse';
  readonly clientId: string;
  readonly accountId: string;
  /** Public name of the family. */
  readonly family: string;
  readonly address: string;
}

/** What is known of a refresh that is going on. */
interface Rotation {
  readonly presented: string;
  readonly fingerprint: string;
  consumed: boolean;
}

/** How a request ends that must not be answered with new tokens. */
export type RefreshRefusal = 'busy' | 'exhausted';

/**
 * Refresh tokens and their families (RFC 9700 §4.14.2): every use replaces a token, and a token that was replaced is a stolen
 * one, which revokes its family; except within a short grace, where the client that missed the answer gets the very same
 * successor again. The grace is for the immediate predecessor only, for the same client with the same key, and for a client
 * without either from the same address with the same agent; it is counted, and told of.
 *
 * The library does the refreshing itself. It is brought to it in three places: `run` decides what happens to what was presented,
 * `rotates` whether it is replaced, and consuming a token and storing its successor are made one step in `consume` and `save`.
 */
export class RefreshFamilies {
  readonly #options: RefreshFamiliesOptions;
  readonly #turns = new Map<string, { last: Promise<unknown>; waiting: number }>();
  readonly #rotations = new WeakMap<object, Rotation>();
  readonly #replays = new WeakSet<object>();

  constructor(options: RefreshFamiliesOptions) {
    this.#options = options;
  }

  /** Refreshes in the turn of the family. `refresh` is the library's part. */
  async run(
    ctx: KoaContextWithOIDC,
    caller: { readonly address: string; readonly agent: string },
    refresh: () => Promise<void>,
  ): Promise<RefreshRefusal | undefined> {
    const presented = ctx.oidc.params?.['refresh_token'];
    if (typeof presented !== 'string' || presented === '') return void (await refresh());
    const known = await this.#options.records.find(MODEL, presented);
    if (known === undefined) return void (await refresh());
    return this.#inTurn(known.grantId, () => this.#present(ctx, presented, caller, refresh));
  }

  /** Whether the token of this request is to be replaced. */
  rotates(ctx: KoaContextWithOIDC): boolean {
    return !this.#replays.has(ctx);
  }

  /** True: the consumption waits for the successor, with which it is stored. */
  consume(ctx: object | undefined, name: string): boolean {
    const rotation = ctx === undefined ? undefined : this.#rotations.get(ctx);
    if (rotation === undefined || rotation.presented !== name) return false;
    rotation.consumed = true;
    return true;
  }

  /** What is stored of a predecessor beside its successor; undefined where this is no rotation. */
  predecessorOf(ctx: object | undefined, successor: string): { name: string; successor: Uint8Array } | undefined {
    const rotation = ctx === undefined ? undefined : this.#rotations.get(ctx);
    if (rotation === undefined || !rotation.consumed) return undefined;
    const { presented, fingerprint } = rotation;
    const text = JSON.stringify({ successor, fingerprint });
    return { name: presented, successor: sealerUnder(presented).seal(Buffer.from(text), MODEL) };
  }

  async #present(
    ctx: KoaContextWithOIDC,
    presented: string,
    caller: { readonly address: string; readonly agent: string },
    refresh: () => Promise<void>,
  ): Promise<RefreshRefusal | undefined> {
    const { records } = this.#options;
    const token = await records.find(MODEL, presented);
    // Somebody before us in the turn may have revoked the family.
    if (token === undefined) return void (await refresh());
    const fingerprint = needsFingerprint(ctx, token) ? fingerprintOf(caller) : '';
    if (token.consumedAtSeconds === 0) {
      this.#rotations.set(ctx, { presented, fingerprint, consumed: false });
      return void (await refresh());
    }
    const successor = await this.#successorInGrace(token, presented, fingerprint);
    // Another client's token: the library refuses it before it looks at anything else.
    if (successor === undefined || token.payload.clientId !== ctx.oidc.client?.clientId) {
      this.#tell('reuse', token, caller.address);
      return void (await refresh());
    }
    const uses = await records.countGraceUse(MODEL, presented);
    if (uses > this.#options.policy().graceUsesMax) {
      this.#tell('graceExhausted', token, caller.address);
      return 'exhausted';
    }
    this.#tell('grace', token, caller.address);
    // The library now sees the successor presented, checks client, key and certificate against it, and keeps it.
    if (ctx.oidc.params !== undefined) ctx.oidc.params['refresh_token'] = successor;
    this.#replays.add(ctx);
    return void (await refresh());
  }

  async #successorInGrace(token: ReadRecord, presented: string, fingerprint: string): Promise<string | undefined> {
    const { records, clock, policy } = this.#options;
    const ageSeconds = clock.nowMs() / 1000 - token.consumedAtSeconds;
    if (token.successor.length === 0 || ageSeconds >= policy().graceSeconds) return undefined;
    const plain = sealerUnder(presented).open(token.successor, MODEL);
    if (plain === undefined) return undefined;
    const sealed = JSON.parse(Buffer.from(plain).toString('utf8')) as { successor: string; fingerprint: string };
    if (sealed.fingerprint !== fingerprint) return undefined;
    const successor = await records.find(MODEL, sealed.successor);
    // Once the successor was used its predecessor is no longer the immediate one.
    return successor === undefined || successor.consumedAtSeconds !== 0 ? undefined : sealed.successor;
  }

  #tell(kind: RefreshReuse['kind'], { payload, grantId }: ReadRecord, address: string): void {
    this.#options.onReuse({
      kind,
      clientId: payload.clientId ?? '',
      accountId: payload.accountId ?? '',
      family: this.#options.records.publicName('grant', grantId),
      address,
    });
  }

  /** One after the other within a family; families do not wait for each other. */
  async #inTurn(
    family: string,
    action: () => Promise<RefreshRefusal | undefined>,
  ): Promise<RefreshRefusal | undefined> {
    const turn = this.#turns.get(family) ?? { last: Promise.resolve(), waiting: 0 };
    if (turn.waiting >= WAITING_MAX) return 'busy';
    this.#turns.set(family, turn);
    turn.waiting++;
    const mine = turn.last.then(action, action);
    turn.last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      turn.waiting--;
      if (turn.waiting === 0) this.#turns.delete(family);
    }
  }
}

/** A client that proves neither a secret nor a key is known by where it comes from alone. */
function needsFingerprint({ oidc }: KoaContextWithOIDC, { payload }: ReadRecord): boolean {
  const bound = payload.jkt !== undefined || payload['x5t#S256'] !== undefined;
  return !bound && oidc.client?.clientAuthMethod === 'none';
}

function fingerprintOf({ address, agent }: { readonly address: string; readonly agent: string }): string {
  return createHash('sha256')
    .update(JSON.stringify([address, agent]))
    .digest('base64url');
}

/** Opens only for who holds the token: the store alone gives no successor away. */
function sealerUnder(token: string): ReturnType<typeof createSealer> {
  return createSealer(createHash('sha256').update(token).digest(), 'refresh successor');
}
