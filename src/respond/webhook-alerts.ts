import { createHmac } from 'node:crypto';
import type { AlertWebhook } from '../core/configuration.ts';
import { type Finding, SEVERITIES, type Severity } from '../core/finding.ts';
import type { AlertStore, Clock, Fetch, Logger } from '../ports.ts';

export interface WebhookAlertsOptions {
  readonly store: AlertStore;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Asked at every delivery, so that a reloaded configuration counts; undefined: nobody is told. */
  readonly target: () => AlertWebhook | undefined;
}

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 65_536;
const DELIVERIES_AT_ONCE = 20;
const FIRST_PAUSE_MS = 5_000;
const PAUSE_MS_MAX = 3_600_000;
const GIVEN_UP_MS = 3 * 86_400_000;

/**
 * Tells a webhook of findings, signed as Standard Webhooks say, at least once each: what is to be sent is stored first, and
 * sent again with growing pauses until the receiver takes it or three days are over.
 */
export class WebhookAlerts {
  readonly #options: WebhookAlertsOptions;
  #delivering: Promise<void> = Promise.resolve();

  constructor(options: WebhookAlertsOptions) {
    this.#options = options;
  }

  /** Resolves when it is stored; rejects where that fails. Nothing is stored of what nobody is to be told of. */
  async enqueue(finding: Finding): Promise<void> {
    const target = this.#options.target();
    if (target === undefined || rankOf(finding.severity) < rankOf(target.severityMin)) return;
    const nowMs = this.#options.clock.nowMs();
    await this.#options.store.put({
      id: `${finding.id}-${finding.count}`,
      body: JSON.stringify({ type: 'finding.opened', timestamp: new Date(nowMs).toISOString(), data: finding }),
      createdAtMs: nowMs,
      dueAtMs: nowMs,
      tries: 0,
    });
  }

  /** Sends what is due. Runs one after the other; never rejects. */
  deliver(): Promise<void> {
    this.#delivering = this.#delivering.then(() =>
      this.#deliverDue().catch((error: unknown) =>
        this.#options.logger.warn({ error: String(error) }, 'alerts cannot be delivered; they wait'),
      ),
    );
    return this.#delivering;
  }

  async #deliverDue(): Promise<void> {
    const { store, clock, logger } = this.#options;
    const target = this.#options.target();
    if (target === undefined) return;
    for (const alert of await store.due(clock.nowMs(), DELIVERIES_AT_ONCE)) {
      const problem = await this.#send(alert.id, alert.body, target);
      const nowMs = clock.nowMs();
      if (problem === undefined) await store.remove(alert.id);
      else if (nowMs - alert.createdAtMs > GIVEN_UP_MS) {
        logger.error({ alert: alert.id, problem }, 'an alert was given up');
        await store.remove(alert.id);
      } else {
        const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(alert.tries, 16), PAUSE_MS_MAX);
        await store.put({ ...alert, tries: alert.tries + 1, dueAtMs: nowMs + pauseMs });
        if (alert.tries === 0) logger.warn({ alert: alert.id, problem }, 'an alert was not taken; it is sent again');
      }
    }
  }

  async #send(id: string, body: string, target: AlertWebhook): Promise<string | undefined> {
    const timestamp = String(Math.floor(this.#options.clock.nowMs() / 1_000));
    try {
      const { status } = await this.#options.fetch({
        method: 'POST',
        url: target.url,
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1,${signatureOf(target.secret, id, timestamp, body)}`,
        },
        body,
        timeoutMs: TIMEOUT_MS,
        bytesMax: ANSWER_BYTES_MAX,
        allowPrivateAddresses: target.allowPrivateAddresses,
      });
      return status >= 200 && status < 300 ? undefined : `it answered ${status}`;
    } catch (error) {
      return error instanceof Error ? error.message : 'no answer';
    }
  }
}

/** Standard Webhooks: HMAC-SHA-256 over id, time and body. */
export function signatureOf(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret, 'base64');
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
}

function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
