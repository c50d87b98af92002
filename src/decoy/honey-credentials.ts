import type { Decoy, Observation } from '../core/finding.ts';

/** Who used it, and where, as far as it is known. */
export interface DecoyUse {
  readonly address: string;
  readonly userAgent: string;
  /** Empty where no route matched. */
  readonly routeId: string;
  readonly timeMs: number;
  readonly requestId: string;
}

/** Ids by which threads know tokens and clients again: `kid` of a token, id of a client. */
export interface PublishedDecoys {
  readonly tokens: readonly string[];
  readonly clients: readonly string[];
}

const SIGNALS = { token: 'decoy.token_used:', client: 'decoy.client_used:' } as const;
const AGENT_CHARACTERS_MAX = 80;

/** Signal of a call that came with a planted token or client. */
export function decoySignal(kind: 'token' | 'client', id: string): string {
  return SIGNALS[kind] + id;
}

/**
 * Credentials that were planted and given to nobody. Keys are of the real form and disabled, tokens signed by a key nobody
 * has, clients registered nowhere: whoever tries one is answered like anybody with a wrong credential. But only its finder can
 * know it, so that a try is certain.
 */
export class HoneyCredentials {
  readonly #byId = new Map<string, Decoy>();

  constructor(decoys: readonly Decoy[]) {
    for (const decoy of decoys) this.add(decoy);
  }

  add(decoy: Decoy): void {
    this.#byId.set(decoy.id, decoy);
  }

  remove(id: string): void {
    this.#byId.delete(id);
  }

  find(id: string): Decoy | undefined {
    return this.#byId.get(id);
  }

  get size(): number {
    return this.#byId.size;
  }

  published(): PublishedDecoys {
    const ids = (kind: Decoy['kind']): string[] =>
      [...this.#byId.values()].filter((decoy) => decoy.kind === kind).map(({ id }) => id);
    return { tokens: ids('token'), clients: ids('client') };
  }

  /** Whether an OAuth client id was planted. Answer it like an unknown one, and tell of it with `honeyClientUsed`. */
  isHoneyClient(clientId: string): boolean {
    return this.#byId.get(clientId)?.kind === 'client';
  }

  /** What it means that a client was used which was planted; undefined where it was not. */
  honeyClientUsed(clientId: string, use: DecoyUse): Observation | undefined {
    return this.#used('client', clientId, use);
  }

  /** What a call means that was made with a planted key; `credentialId`: of a key whose secret was right. */
  honeyKeyUsed(credentialId: string, use: DecoyUse): Observation | undefined {
    return this.#used('key', credentialId, use);
  }

  /** What a signal means, where it is one of these. */
  judgeSignal(signal: string, use: DecoyUse): Observation | undefined {
    for (const kind of ['token', 'client'] as const)
      if (signal.startsWith(SIGNALS[kind])) return this.#used(kind, signal.slice(SIGNALS[kind].length), use);
    return undefined;
  }

  #used(kind: Decoy['kind'], id: string, use: DecoyUse): Observation | undefined {
    const decoy = this.#byId.get(id);
    if (decoy?.kind !== kind) return undefined;
    const { address, userAgent, routeId, timeMs, requestId } = use;
    const agent = userAgent === '' ? 'no agent' : userAgent.slice(0, AGENT_CHARACTERS_MAX);
    return {
      detector: `decoy.${kind}_used`,
      actor: address,
      subject: decoy.id,
      severity: 'critical',
      certainty: 1,
      title: `the ${kind} that was planted in ${decoy.place} was used from ${address} (${agent}) on route ${routeId || 'none'}`,
      timeMs,
      requestId,
    };
  }
}
