import type { GraphqlConfig } from '../../core/graphql.ts';
import type { InspectionFacts } from '../../core/inspection.ts';
import { read } from '../../http/call-fixture.test.ts';
import { parseJsonBody } from '../../http/json-body.ts';
import { GraphqlInspection } from './inspection.ts';

export const BOUNDS: GraphqlConfig = {
  enforced: true,
  depthMax: 10,
  aliasesMax: 15,
  fieldsMax: 200,
  directivesMax: 20,
  costMax: 1000,
  batchMax: 5,
  tokensMax: 20_000,
  bodyBytesMax: 65_536,
  introspection: false,
  subscriptions: false,
  weights: { search: 100 },
  listArguments: ['first', 'last', 'limit'],
  persisted: undefined,
};

export interface Sent {
  readonly method?: string;
  readonly query?: string;
  readonly body?: string;
  readonly type?: string;
  readonly headers?: readonly string[];
  readonly upgrade?: string;
}

/** The facts of a call as the inspect stage gives them. */
export function facts({
  method = 'POST',
  query = '',
  body = '',
  type = 'application/json',
  headers = [],
  upgrade = '',
}: Sent): InspectionFacts {
  const bytes = Buffer.from(body);
  const fields = type === '' ? headers : ['content-type', type, ...headers];
  const call = {
    ...read({}),
    method,
    query,
    headers: fields,
    upgrade,
    bodyFraming: bytes.length === 0 ? 'none' : 'length',
  } as const;
  return {
    call,
    principal: undefined,
    routeId: 'graphql',
    path: '/graphql',
    parameters: {},
    nowMs: 0,
    nowMicros: 0,
    dryRun: false,
    body: { kind: 'whole', bytes },
    json: () => parseJsonBody(bytes),
  };
}

/** `pass`, or the reason of the denial. */
export function outcome(sent: Sent, change: Partial<GraphqlConfig> = {}): string {
  const verdict = new GraphqlInspection({ ...BOUNDS, ...change }).judge(facts(sent));
  return verdict.kind === 'deny' ? verdict.reason : verdict.kind;
}

/** The same for one document. */
export function document(query: string, change: Partial<GraphqlConfig> = {}, variables: object = {}): string {
  return outcome({ body: JSON.stringify({ query, variables }) }, change);
}
