import assert from 'node:assert/strict';
import { loadConfigurationText } from '../../src/config/load.ts';
import type { CollectedBody, PeerCertificate } from '../../src/core/call.ts';
import type { Consumer } from '../../src/core/credential.ts';
import type { Decision } from '../../src/core/decision.ts';
import type { AcceptedOwner } from '../../src/core/ownership.ts';
import type { AddedException } from '../../src/core/payload.ts';
import { generateAssertionKey } from '../../src/crypto/assertion.ts';
import { toCall } from '../../src/http/call.ts';
import { evaluate } from '../../src/pipeline/evaluate.ts';
import { beginEvaluation } from '../../src/pipeline/evaluation.ts';
import { compileSnapshot, type Snapshot, type SnapshotData, type SnapshotParts } from '../../src/pipeline/snapshot.ts';
import { emptyParts } from '../../src/pipeline/snapshot-fixture.test.ts';

/** A request as it comes from the wire, for a judge that has no wire. */
export interface JudgedRequest {
  readonly method?: string;
  readonly target?: string;
  /** Names and values, one after the other. */
  readonly fields?: readonly string[];
  readonly body?: Uint8Array;
  readonly peer?: PeerCertificate;
  readonly remoteAddress?: string;
  readonly nowMs?: number;
}

export interface JudgeOptions {
  /** YAML. */
  readonly configuration: string;
  readonly nowMs: number;
  readonly files?: Readonly<Record<string, string>>;
  readonly parts?: Partial<SnapshotParts>;
  readonly consumers?: ReadonlyMap<string, Omit<Consumer, 'name'>>;
  /** MMDB file, for `geo.countries` of the configuration. */
  readonly countries?: Uint8Array;
  readonly acceptedOwners?: readonly AcceptedOwner[];
  readonly payloadExceptions?: readonly AddedException[];
}

/** The whole pipeline over a configuration as users write it, without sockets: what it decides is what a gateway does. */
export class Judge {
  readonly snapshot: Snapshot;
  readonly #data: SnapshotData;
  readonly #parts: Partial<SnapshotParts>;
  readonly #nowMs: number;

  constructor({ configuration, nowMs, files = {}, parts = {}, consumers = new Map(), ...data }: JudgeOptions) {
    this.#nowMs = nowMs;
    const loaded = loadConfigurationText(configuration, '/srv/sallyport.yaml', {
      env: {},
      cwd: '/srv',
      readBytes: () => data.countries ?? assert.fail('there is no file of countries'),
      readFile: (path) => {
        const content = files[path.split('/').at(-1) ?? ''];
        if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
        return content;
      },
    });
    assert.ok(loaded.ok, loaded.ok ? '' : JSON.stringify(loaded.diagnostics, undefined, 1));
    this.#data = {
      version: 1,
      configuration: loaded.configuration,
      peppers: { current: 1, byVersion: { 1: new Uint8Array(32).fill(1) } },
      consumers,
      clientTrust: undefined,
      decoys: { tokens: [], clients: [] },
      assertionKey: generateAssertionKey(),
      ...data,
    };
    this.#parts = parts;
    this.snapshot = this.afresh();
  }

  /** The same snapshot, of which nothing was asked yet. */
  afresh(): Snapshot {
    return compileSnapshot(this.#data, emptyParts(this.#parts));
  }

  async judge(request: JudgedRequest): Promise<Decision> {
    const { method = 'GET', target = '/a', fields = [], body, peer, remoteAddress = '192.0.2.1' } = request;
    const nowMs = request.nowMs ?? this.#nowMs;
    const length = body === undefined ? [] : ['content-length', String(body.length)];
    const call = toCall(
      {
        method,
        target,
        httpVersion: '1.1',
        rawHeaders: ['Host', 'api.example.com', ...length, ...fields],
        encrypted: true,
        remoteAddress,
        peer,
      },
      this.snapshot.callPolicy,
      'id',
    );
    const collected: CollectedBody = { kind: 'whole', bytes: body ?? new Uint8Array(0) };
    const source = {
      collect: (bytesMax: number): CollectedBody =>
        collected.bytes.length > bytesMax ? { kind: 'tooLarge' } : collected,
    };
    const clock = { nowMs: () => nowMs, monotonicMicros: () => nowMs * 1000 };
    return evaluate(beginEvaluation(call, source, this.snapshot, nowMs, nowMs * 1000, 1, false), clock);
  }
}
