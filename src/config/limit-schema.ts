import type { LimitRule } from '../core/configuration.ts';
import { limitRuleProblem } from '../limit/limit-rule.ts';
import { quota, rate } from './formats-units.ts';
import { object, optional, required, withDefault } from './schema.ts';
import { entryNode, oneOrList, refined } from './schema-collections.ts';
import { INVALID, type Schema } from './schema-types.ts';
import { integer, word } from './schema-values.ts';

const fields = object({
  per: required(
    oneOrList(word(['consumer', 'key', 'address', 'route']), { min: 1, max: 4, unique: true }),
    'Who is counted: consumer, key, address or route; a list counts each combination.',
  ),
  rate: optional(rate(), 'Calls per time, such as 100/1m or 10/s (units s, m, h, d, mo).'),
  quota: optional(quota(), 'Calls per window; 1d and 1mo are calendar days and months in UTC.'),
  burst: optional(
    integer(1, 1_000_000_000),
    'Calls that may come at once. Without it: as many as the rate permits in its time.',
  ),
  cost: withDefault(integer(1, 1_000_000_000), 1, 'Permits one call takes.'),
});

/** One limit: exactly one of `rate` and `quota`; `burst` belongs to rates. */
export const limitRule: Schema<LimitRule> = refined(
  fields,
  (value, node, path, context): LimitRule | typeof INVALID => {
    if (value.rate !== undefined && value.quota !== undefined) {
      context.report(
        'SP015',
        entryNode(node, 'quota').position,
        [...path, 'quota'],
        'rate and quota cannot stand in one limit',
        'make them two limits',
      );
      return INVALID;
    }
    if (value.quota !== undefined && value.burst !== undefined) {
      context.report(
        'SP015',
        entryNode(node, 'burst').position,
        [...path, 'burst'],
        'burst belongs to a rate, not to a quota',
        'remove burst',
      );
      return INVALID;
    }
    let rule: LimitRule;
    if (value.rate !== undefined) {
      const burst = value.burst ?? value.rate.permits;
      rule = {
        kind: 'rate',
        per: value.per,
        permits: value.rate.permits,
        windowSeconds: value.rate.windowSeconds,
        burst,
        cost: value.cost,
      };
    } else if (value.quota !== undefined) {
      rule = {
        kind: 'quota',
        per: value.per,
        permits: value.quota.permits,
        window: value.quota.window,
        cost: value.cost,
      };
    } else {
      context.report(
        'SP011',
        node.position,
        [...path, 'rate'],
        'the limit needs the key "rate" or "quota"',
        'add rate: 100/1m',
      );
      return INVALID;
    }
    const problem = limitRuleProblem(rule);
    if (problem === undefined) return rule;
    const holds = rule.kind === 'rate' ? rule.burst : rule.permits;
    context.report(rule.cost > holds ? 'SP046' : 'SP013', node.position, path, problem);
    return INVALID;
  },
);
