import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql/error';
import { type DocumentNode, parse } from 'graphql/language';
import type { GraphqlConfig } from '../../core/graphql.ts';
import type { Inspection, InspectionFacts } from '../../core/inspection.ts';
import type { ReasonCode } from '../../core/reasons.ts';
import { PASS, type Verdict } from '../../core/verdict.ts';
import { type Measure, measureDocument, type Weighing } from './measure.ts';
import { type GraphqlRequest, readRequests } from './requests.ts';

type Denial = Extract<Verdict, { kind: 'deny' }>;

/** What is asked of the operations a call holds. Does not know the schema: costs are by the names of fields. */
export class GraphqlInspection implements Inspection {
  readonly id = 'graphql';
  readonly bodyBytesMax: number;
  readonly enforced: boolean;
  readonly #config: GraphqlConfig;
  readonly #weighing: Weighing;
  /** Texts that are allowed, and by which ids they are known; undefined: any. */
  readonly #texts: ReadonlySet<string> | undefined;
  readonly #byId = new Map<string, string>();
  readonly #bounds: readonly (readonly [keyof Omit<Measure, 'introspects'>, number, ReasonCode])[];

  constructor(config: GraphqlConfig) {
    this.#config = config;
    this.bodyBytesMax = config.bodyBytesMax;
    this.enforced = config.enforced;
    this.#weighing = {
      weights: new Map(Object.entries(config.weights)),
      listArguments: new Set(config.listArguments),
    };
    this.#bounds = [
      ['depth', config.depthMax, 'graphql.depth'],
      ['aliases', config.aliasesMax, 'graphql.aliases'],
      ['fields', config.fieldsMax, 'graphql.fields'],
      ['directives', config.directivesMax, 'graphql.directives'],
      ['cost', config.costMax, 'graphql.cost'],
    ];
    if (config.persisted === undefined) return;
    this.#texts = new Set(Object.values(config.persisted));
    for (const [id, text] of Object.entries(config.persisted)) {
      this.#byId.set(id, text);
      this.#byId.set(sha256(text), text);
    }
  }

  judge(facts: InspectionFacts): Verdict {
    const read = readRequests(facts);
    switch (read.kind) {
      case 'nothing':
        return PASS;
      case 'deny':
        return read;
      case 'requests':
        break;
    }
    const { requests } = read;
    if (requests.length > this.#config.batchMax)
      return denied('graphql.batch', `${requests.length} operations, ${this.#config.batchMax} allowed`);
    // A batch is one call: what its operations ask for together counts.
    const total = { depth: 0, aliases: 0, fields: 0, directives: 0, cost: 0 };
    for (const request of requests) {
      const measured = this.#measure(request, facts.call.method === 'POST');
      if ('kind' in measured) return measured;
      total.depth = Math.max(total.depth, measured.depth);
      for (const figure of SUMMED) total[figure] += measured[figure];
    }
    for (const [figure, most, reason] of this.#bounds)
      if (total[figure] > most) return denied(reason, `${figure} ${total[figure]}, ${most} allowed`);
    return PASS;
  }

  #measure(request: GraphqlRequest, mayChange: boolean): Measure | Denial {
    const text = this.#textOf(request);
    if (typeof text !== 'string') return text;
    const document = this.#parse(text);
    if ('kind' in document && document.kind === 'deny') return document;
    const result = measureDocument(document, request.variables, this.#weighing);
    if (!result.ok) {
      if (result.problem === 'depth') return denied('graphql.depth', 'more nesting than is measured');
      return denied('graphql.document', PROBLEMS[result.problem]);
    }
    const { operations, measure } = result;
    const named = operations.filter(({ name }) => name?.value === request.operationName);
    if (request.operationName === undefined ? operations.length !== 1 : named.length !== 1)
      return denied('graphql.document', 'not exactly one operation is named');
    // Of several operations a server may run another one than we think: each has to be allowed.
    for (const { operation } of operations) {
      if (operation === 'mutation' && !mayChange) return denied('graphql.method', 'a mutation by GET');
      if (operation === 'subscription' && !this.#config.subscriptions)
        return denied('graphql.subscription', 'a subscription');
    }
    if (measure.introspects && !this.#config.introspection)
      return denied('graphql.introspection', 'the schema is asked for');
    return measure;
  }

  #textOf({ query, hash }: GraphqlRequest): string | Denial {
    if (query === undefined || query === '') {
      if (hash === undefined) return denied('graphql.request', 'there is no query');
      return this.#byId.get(hash) ?? denied('graphql.persisted_unknown', 'a hash that is not known, without text');
    }
    if (query.length > this.#config.bodyBytesMax)
      return denied('graphql.too_large', `a document longer than ${this.#config.bodyBytesMax}`);
    if (hash !== undefined && sha256(query) !== hash)
      return denied('graphql.persisted_mismatch', 'the hash is not that of the text');
    if (this.#texts !== undefined && !this.#texts.has(query))
      return denied('graphql.persisted_unknown', 'a document that is not in the list');
    return query;
  }

  #parse(text: string): DocumentNode | Denial {
    try {
      return parse(text, { noLocation: true, maxTokens: this.#config.tokensMax });
    } catch (error) {
      // The parser descends by recursion: nesting that exhausts the stack is nesting that is too deep.
      if (error instanceof RangeError) return denied('graphql.depth', 'more nesting than can be parsed');
      if (!(error instanceof GraphQLError)) throw error;
      // The message of the parser quotes the document.
      return error.message.includes('tokens. Parsing aborted')
        ? denied('graphql.too_large', `more than ${this.#config.tokensMax} tokens`)
        : denied('graphql.document', 'the document cannot be parsed');
    }
  }
}

const SUMMED = ['aliases', 'fields', 'directives', 'cost'] as const;

const PROBLEMS = {
  circle: 'fragments go in a circle',
  fragment: 'a fragment is not there, or there twice',
  definition: 'something else than operations and fragments is defined',
} as const;

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function denied(reason: ReasonCode, detail: string): Denial {
  return { kind: 'deny', reason, detail };
}
