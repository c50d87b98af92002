import type { Configuration } from '../../core/configuration.ts';
import type { Observation } from '../../core/finding.ts';
import type { HoneyCredentials } from '../../decoy/honey-credentials.ts';
import { usedException } from '../../detect/payload/payload-record.ts';
import { eventLength } from '../../pipeline/event-codec.ts';
import { eventBytes } from '../../pipeline/event-layout.ts';
import { type EventUsage, emptyEventUsage, readEventUsage } from '../../pipeline/event-usage.ts';
import { FindingBounds } from '../../respond/finding-bounds.ts';
import type { Findings } from '../../respond/findings.ts';
import { predictableOf } from '../../tokens/credential-strength.ts';
import type { KeyUsageCounter } from '../../tokens/key-usage.ts';
import { leakOf } from '../../tokens/leaks.ts';
import { lostKeyOf } from '../../tokens/lost-keys.ts';
import type { CallJournal } from './call-journal.ts';
import type { LeakedKeys } from './leaked-keys.ts';
import type { PayloadExceptions } from './payload-exceptions.ts';

export interface CallObserverOptions {
  readonly usage: KeyUsageCounter;
  readonly honey: HoneyCredentials;
  readonly findings: Findings;
  readonly leakedKeys: Pick<LeakedKeys, 'seen'>;
  readonly exceptions: Pick<PayloadExceptions, 'count'>;
  readonly configuration: () => Configuration;
  readonly calls: Pick<CallJournal, 'add'>;
}

/** Looks at the record of calls as it leaves the rings: once, on the control plane, so that no call waits for it. */
export class CallObserver {
  readonly #options: CallObserverOptions;
  readonly #bounds = new FindingBounds();
  readonly #read: EventUsage = emptyEventUsage();
  #routes: Configuration['routes'] | undefined;
  /** Of routes that are copies of others. */
  #rulesOf: ReadonlyMap<string, string> = new Map();

  constructor(options: CallObserverOptions) {
    this.#options = options;
  }

  /** A run of encoded events. Never throws. */
  observe(encoded: Uint8Array): void {
    const source = eventBytes(encoded);
    for (let at = 0; ; ) {
      const length = eventLength(source, at);
      if (length === 0) return;
      if (readEventUsage(source, at, this.#read)) this.#judge(this.#read);
      at += length;
    }
  }

  #judge(call: EventUsage): void {
    const { usage, honey, calls } = this.#options;
    calls.add(call);
    if (call.credentialId !== '') {
      if (this.#isKey(call.authenticator)) usage.count(this.#asOfRules(call));
      const trapped = honey.honeyKeyUsed(call.credentialId, call);
      if (trapped !== undefined) this.#observeOurs(trapped);
    }
    if (call.signals.includes(':')) this.#judgeSignals(call);
  }

  /** Signals that say of whom they speak, behind a colon. */
  #judgeSignals(call: EventUsage): void {
    const { honey, leakedKeys, exceptions } = this.#options;
    for (const signal of call.signals.split(' ')) {
      const exception = call.denied ? undefined : usedException(signal);
      if (exception !== undefined) exceptions.count(exception, call.timeMs);
      const leak = leakOf(signal, call);
      if (leak?.keyId !== undefined) {
        // A planted key lies there on purpose.
        if (honey.find(leak.keyId) === undefined)
          leakedKeys.seen(leak.keyId, this.#bounds.boundActors(leak.observation));
        continue;
      }
      const used = honey.judgeSignal(signal, call);
      if (used !== undefined) this.#observeOurs(used);
      const observation = leak?.observation ?? predictableOf(signal, call) ?? lostKeyOf(signal, call);
      if (observation !== undefined) this.#observe(observation);
    }
  }

  #observe(observation: Observation): void {
    this.#options.findings.observe(this.#bounds.bound(observation));
  }

  #observeOurs(observation: Observation): void {
    this.#options.findings.observe(this.#bounds.boundActors(observation));
  }

  /** A route that a mode for a path made goes with that mode: use counts for the one whose rules it has. */
  #asOfRules(call: EventUsage): EventUsage {
    const { routes } = this.#options.configuration();
    if (routes !== this.#routes) {
      this.#routes = routes;
      this.#rulesOf = new Map(routes.flatMap(({ id, rulesOf }) => (rulesOf === undefined ? [] : [[id, rulesOf]])));
    }
    const routeId = this.#rulesOf.get(call.routeId);
    return routeId === undefined ? call : { ...call, routeId };
  }

  /** What is refused names no method; of those only keys are recorded. */
  #isKey(authenticator: string): boolean {
    return authenticator === '' || this.#options.configuration().authenticators[authenticator]?.type === 'api-key';
  }
}
