import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { ParameterLearning } from '../../src/cli/gateway/parameter-learning.ts';
import type { Call } from '../../src/core/call.ts';
import type { RouteConfig } from '../../src/core/configuration.ts';
import type { Inspection } from '../../src/core/inspection.ts';
import type { PayloadPolicy } from '../../src/core/payload.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { LearnedTable } from '../../src/detect/parameters/learned-table.ts';
import type { KeyedHash } from '../../src/detect/parameters/observation.ts';
import { ParameterSampler, SAMPLED_ONE_OF } from '../../src/detect/parameters/parameter-sampler.ts';
import { parseTemplate } from '../../src/http/path-template.ts';
import { createLimitMemory } from '../../src/limit/limit-memory.ts';
import { Limits } from '../../src/limit/limits.ts';
import { fingerprintOf } from '../../src/pipeline/fingerprint.ts';
import { compilePayloadInspection } from '../../src/pipeline/payload-inspection.ts';
import { type LearnableJudge, loadValueJudge } from '../../src/pipeline/value-judge.ts';
import { openControlStore } from '../../src/store/sqlite/control-database.ts';

const POLICY: PayloadPolicy = {
  profile: 'default',
  onLimit: 'scan-what-fits',
  onMalformed: 'refuse',
  suspiciousMax: 0,
  learn: true,
  exceptions: [],
};

export const HOUR_MS = 3_600_000;

/** The model is read once for all tests of a file. */
export const values: LearnableJudge = loadValueJudge();

export interface SentCall {
  readonly note: unknown;
  readonly consumer?: string;
  readonly address?: string;
  /** What the upstream answers. */
  readonly status?: number;
  /** What some later stage says. */
  readonly isPermitted?: boolean;
}

/** Everything that learns, put together as a gateway has it on one thread: inspection, sampler, control plane, SQLite. */
export class ParameterSchool {
  nowMs = Date.UTC(2027, 0, 1);
  readonly folder = mkdtempSync(join(tmpdir(), 'sallyport-parameters-'));
  readonly store = openControlStore(join(this.folder, 'sallyport.db'));
  readonly learning: ParameterLearning;
  readonly hash: KeyedHash;
  readonly #sampler: ParameterSampler;
  readonly #table: LearnedTable;
  readonly #inspection: Inspection;

  constructor(profile: PayloadPolicy['profile'] = 'default') {
    const limits = createLimitMemory(new Uint8Array(8).fill(7));
    const hash = fingerprintOf(limits);
    this.hash = hash;
    this.#table = new LearnedTable(hash);
    this.#sampler = new ParameterSampler(hash);
    this.learning = this.restarted();
    const template = parseTemplate('/notes/{id}');
    if (!template.ok) throw new TypeError(template.error);
    const route = {
      id: 'notes',
      match: { path: '/notes/{id}' },
      bodyBytesMax: 65_536,
      payload: { ...POLICY, profile },
    } as unknown as RouteConfig;
    const memory = { table: this.#table, sampler: this.#sampler };
    const inspection = compilePayloadInspection(
      route,
      'notes',
      template.template,
      values,
      memory,
      [],
      new Limits(limits),
    );
    if (inspection === undefined) throw new TypeError('nothing is inspected');
    this.#inspection = inspection;
  }

  /** The control plane as it is after a restart: the store is the same, the memory is new. */
  restarted(): ParameterLearning {
    return new ParameterLearning({
      store: this.store.parameters,
      clock: { nowMs: () => this.nowMs, monotonicMicros: () => this.nowMs * 1000 },
      logger: pino({ level: 'silent' }),
      hash: this.hash,
      publish: async (table) => this.#table.adopt(table),
      collect: async () => this.learning.observed(this.#sampler.take()),
    });
  }

  /** One call with a JSON body; counted as often as it takes until it is looked at. */
  send(sent: SentCall): Verdict {
    let verdict = this.#once(sent);
    for (let i = 1; i < SAMPLED_ONE_OF; i++) verdict = this.#once(sent);
    return verdict;
  }

  #once({ note, consumer = '', address = '192.0.2.1', status = 200, isPermitted = true }: SentCall): Verdict {
    const call = callFrom(address);
    const verdict = this.#inspection.judge({
      call,
      principal: consumer === '' ? undefined : ({ consumer } as never),
      routeId: 'notes',
      path: call.path,
      parameters: { id: '7' },
      nowMs: this.nowMs,
      nowMicros: this.nowMs * 1000,
      dryRun: false,
      body: { kind: 'whole', bytes: Buffer.from(JSON.stringify({ note })) },
      json: () => ({ kind: 'none' }),
    });
    const isUnflagged = verdict.kind === 'pass' && verdict.signals === undefined;
    this.#sampler.settle(call, isUnflagged && isPermitted && status < 400);
    return verdict;
  }

  /** Calls of several consumers over several hours, each value as often as it takes; then everything is learned. */
  async teach(lesson: {
    readonly notes: readonly unknown[];
    readonly consumers?: readonly string[];
    readonly addresses?: readonly string[];
    readonly hours?: number;
    readonly perHour?: number;
    readonly status?: number;
    readonly isPermitted?: boolean;
  }): Promise<void> {
    const { notes, consumers = ['alice', 'bob', 'carol'], addresses = ['192.0.2.1'], hours = 3 } = lesson;
    const { perHour = 20, status = 200, isPermitted = true } = lesson;
    let at = 0;
    for (let hour = 0; hour < hours; hour++) {
      for (const consumer of consumers)
        for (const address of addresses)
          for (let i = 0; i < perHour; i++)
            this.send({ note: notes[at++ % notes.length], consumer, address, status, isPermitted });
      await this.learning.settle();
      this.nowMs += HOUR_MS;
    }
  }

  async note() {
    const found = (await this.learning.list({ limit: 10 })).find(({ path }) => path === 'body.note');
    return found;
  }

  close(): void {
    this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function callFrom(address: string): Call {
  return {
    requestId: 'test',
    method: 'POST',
    scheme: 'http',
    host: 'api.example.com',
    path: '/notes/7',
    pathAmbiguities: 0,
    query: '',
    httpVersion: '1.1',
    headers: ['content-type', 'application/json'],
    address: { text: address, group: address },
    fromTrustedProxy: false,
    peer: undefined,
    bodyFraming: 'length',
    bodyBytesDeclared: 0,
    upgrade: '',
    fault: undefined,
  };
}
