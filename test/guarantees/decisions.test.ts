import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { mmdbOf } from '../../src/authz/mmdb-fixture.test.ts';
import { REASONS } from '../../src/core/reasons.ts';
import { Judge, type JudgedRequest } from '../harness/judge.ts';
import { credentials, KEY_SET, NOW_MS, presentedBy } from './decisions/callers.ts';

interface Rule {
  readonly rule: string;
  readonly authenticate?: unknown;
  readonly authorize: Readonly<Record<string, unknown>>;
  readonly policies?: Readonly<Record<string, unknown>>;
  /** `allow`, and reasons: the calls that end so. */
  readonly [outcome: string]: unknown;
}

const RULES = parse(readFileSync(new URL('decisions/decisions.yaml', import.meta.url), 'utf8')) as readonly Rule[];
const NOT_OUTCOMES = ['rule', 'authenticate', 'authorize', 'policies'];

/** All rules in one gateway, each on a route of its own. */
function configuration(): string {
  return JSON.stringify({
    version: 1,
    mode: 'enforce',
    geo: { countries: './countries.mmdb' },
    upstreams: { a: { url: 'http://127.0.0.1:9' } },
    owners: { id: { type: 'accepted' } },
    authenticators: {
      keys: { type: 'api-key', header: 'x-api-key' },
      corp: {
        type: 'jwt',
        issuer: 'https://id.example.com',
        audience: 'https://api.example.com',
        algorithms: ['ES256'],
        jwks: { file: 'corp' },
        groupsClaim: 'groups',
        rolesClaim: 'roles',
        consumer: { prefix: '' },
      },
    },
    consumers: { acme: { groups: ['partners'], tier: 'gold' }, globex: { tier: 'silver' } },
    policies: Object.assign({}, ...RULES.map(({ policies = {} }) => policies)) as object,
    routes: RULES.map(({ authorize, authenticate = { anyOf: ['keys', 'corp'] } }, at) => ({
      id: `r${at}`,
      match: { path: `/${at}/{id}`, methods: ['GET', 'POST'] },
      upstream: 'a',
      authenticate,
      authorize,
    })),
  });
}

const WORDS = /\s(?=(?:from|at|with|but|body) )/;

/** Reads one item of the table. */
function requestOf(item: string, rule: number): JudgedRequest {
  const [call = '', ...more] = item.split(WORDS);
  const [caller = '', ...rest] = call.split(' ');
  const method = rest.find((word) => /^[A-Z]+$/.test(word)) ?? 'GET';
  const path = rest.find((word) => word.startsWith('/')) ?? '/7';
  const fields: string[] = [];
  const change: Record<string, unknown> = {};
  let request: JudgedRequest = { method, target: `/${rule}${path}`, nowMs: NOW_MS };
  for (const part of more) {
    const text = part.slice(part.indexOf(' ') + 1);
    switch (part.slice(0, part.indexOf(' '))) {
      case 'from':
        request = { ...request, remoteAddress: text };
        break;
      case 'at':
        request = { ...request, nowMs: Date.parse(text) };
        break;
      case 'with':
        fields.push(text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 2));
        break;
      case 'but':
        change[text.slice(0, text.indexOf('='))] = claimOf(text.slice(text.indexOf('=') + 1));
        break;
      case 'body':
        request = { ...request, body: Buffer.from(text) };
        fields.push('content-type', 'application/json');
        break;
      default:
        throw new TypeError(`"${part}" says nothing`);
    }
  }
  const nowSeconds = (request.nowMs ?? NOW_MS) / 1000;
  // A token of another day is issued on that day.
  const shifted = nowSeconds === NOW_MS / 1000 ? {} : { iat: nowSeconds - 60, exp: nowSeconds + 600 };
  const presented = presentedBy(caller, { ...shifted, ...change });
  return { ...request, ...presented, fields: [...(presented.fields ?? []), ...fields] };
}

/** A claim as JSON where it is some, else as the text it is. */
function claimOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

describe('who may do what', () => {
  let judge: Judge;
  before(() => {
    judge = new Judge({
      configuration: configuration(),
      nowMs: NOW_MS,
      files: { corp: KEY_SET },
      parts: { credentials: credentials() },
      consumers: new Map([
        ['acme', { groups: ['partners'], tier: 'gold', disabled: false }],
        ['globex', { groups: [], tier: 'silver', disabled: false }],
      ]),
      countries: mmdbOf({ '192.0.2.0/24': 'AT', '198.51.100.0/25': 'CH' }),
      acceptedOwners: [
        { lookup: 'id', object: 'o1', owners: ['alice'] },
        { lookup: 'id', object: 'o2', owners: ['bob'] },
        { lookup: 'id', object: 'o3', owners: ['alice', 'bob'] },
      ] as never,
    });
  });

  let decisions = 0;
  RULES.forEach((rule, at) => {
    test(rule.rule, async () => {
      const wrong: string[] = [];
      for (const [outcome, items] of Object.entries(rule)) {
        if (NOT_OUTCOMES.includes(outcome)) continue;
        assert.ok(outcome === 'allow' || Object.hasOwn(REASONS, outcome), `${outcome} is no outcome`);
        for (const item of items as readonly unknown[]) {
          decisions++;
          const decision = await judge.judge(requestOf(String(item), at));
          const got =
            decision.effect === 'permit'
              ? 'allow'
              : decision.enforced
                ? decision.reason
                : `observed ${decision.reason}`;
          if (got !== outcome)
            wrong.push(
              `${String(item)}: ${got} instead of ${outcome}${decision.effect === 'deny' ? ` (${decision.detail})` : ''}`,
            );
        }
      }
      assert.deepEqual(wrong, []);
    });
  });

  test('the table is long, and allows as well as it denies', () => {
    const allowed = RULES.reduce((sum, { allow }) => sum + ((allow as readonly string[] | undefined)?.length ?? 0), 0);
    assert.ok(decisions >= 300, `${decisions} decisions`);
    assert.ok(allowed >= 100, `${allowed} are allowed`);
  });
});
