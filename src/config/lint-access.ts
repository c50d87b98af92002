import { compileExpression } from '../authz/expression.ts';
import { mentionsOwned, OWNER_FUNCTIONS } from '../authz/ownership/owner-expression.ts';
import { type Domains, placeName } from '../authz/satisfiability.ts';
import type { AccessConditions } from '../core/access.ts';
import type { Configuration, RouteConfig } from '../core/configuration.ts';
import { parseTemplate } from '../http/path-template.ts';
import { accessPlace } from './access-place.ts';
import type { SourcePath } from './diagnostics.ts';
import { expressionFix } from './expression-fix.ts';
import { type FieldLint, lintFields, lintRows } from './lint-fields.ts';
import type { ReadContext } from './schema-types.ts';
import { positionOf, type SourceNode } from './source-tree.ts';

type Report = Pick<ReadContext, 'report'>;

/** What is asked of the caller, and not of the call: nobody who was not identified can meet it. */
const OF_THE_CALLER = ['consumers', 'groups', 'roles', 'tiers', 'methods', 'bindings', 'acr'] as const;

/** Finds conditions that cannot be used: expressions that do not compile, and what nobody could meet. */
export function lintAccess({ routes, geo }: Configuration, root: SourceNode, context: Report): void {
  const reported = new Set<string>();
  routes.forEach((route, index) => {
    const parameters = parameterNames(route);
    for (const policy of route.authorize.access) {
      const { name, conditions, deny, fields, rows } = policy;
      const place = accessPlace(policy, index);
      // A policy that several routes name is wrong once, unless they differ in what is wrong.
      const report: Report['report'] = (code, position, path, message, fix) => {
        const key = JSON.stringify([code, path, message]);
        if (reported.has(key)) return;
        reported.add(key);
        context.report(code, position, path, message, fix);
      };
      // What a route says of its calls is said of a policy by none of them alone.
      const domains = name === '' ? domainsOf(route) : NOTHING_KNOWN;
      lintExpression(conditions.when, parameters, domains, [...place, 'when'], root, { report });
      if (conditions.owner !== undefined && !mentionsOwned(conditions.owner))
        lintExpression(conditions.owner, parameters, domains, [...place, 'owner'], root, { report }, OWNER_FUNCTIONS);
      if (route.authenticate.kind === 'none' && asksOfCaller(conditions))
        report('SP103', positionOf(root, place), place, `${route.id} asks something of a caller it does not identify`);
      lintCountries(conditions, geo, place, root, { report });
      const lint: FieldLint = {
        parameters,
        identifies: route.authenticate.kind !== 'none',
        hasCountries: geo !== undefined,
        asksOfCaller: (terms) => asksOfCaller(terms.conditions),
        report: (code, path, message, fix) => report(code, positionOf(root, path), path, message, fix),
      };
      lintFields(fields, place, lint);
      lintRows(rows, place, lint);
      deny.forEach((rule, position) => {
        const path = [...place, 'deny', position];
        lintCountries(rule.conditions, geo, path, root, { report });
        lintExpression(rule.conditions.when, parameters, domains, [...path, 'when'], root, { report });
        if (isEmpty(rule.conditions))
          report('SP102', positionOf(root, path), path, `the rule ${rule.name} has no condition`);
      });
    }
  });
}

function lintCountries(
  { countries }: AccessConditions,
  geo: Configuration['geo'],
  path: SourcePath,
  root: SourceNode,
  { report }: Report,
): void {
  if (countries.length === 0 || geo !== undefined) return;
  const place = [...path, 'countries'];
  report('SP141', positionOf(root, place), place, 'countries are asked for, and geo.countries names no file');
}

function lintExpression(
  text: string | undefined,
  parameters: readonly string[],
  domains: Domains,
  path: SourcePath,
  root: SourceNode,
  { report }: Report,
  functions: readonly string[] = [],
): void {
  if (text === undefined) return;
  const compiled = compileExpression(text, parameters);
  if (!compiled.ok) {
    const fix = expressionFix(compiled.problem, text, parameters, functions);
    report('SP101', positionOf(root, path), path, `the expression cannot be used: ${compiled.problem}`, fix);
    return;
  }
  const { constant, contradiction } = compiled.doubts(domains);
  if (constant !== undefined) {
    const message = `the expression cannot be used: a part of it is the same for every call${constant}`;
    report('SP101', positionOf(root, path), path, message);
  }
  if (contradiction !== undefined)
    report('SP142', positionOf(root, path), path, `the expression can never be true: ${contradiction}`);
}

const NOTHING_KNOWN: Domains = new Map();

/** What lists GET takes HEAD too (RFC 9110 §9.3.2). */
function domainsOf({ match: { methods } }: RouteConfig): Domains {
  if (methods.length === 0) return NOTHING_KNOWN;
  return new Map([[placeName('request', 'method'), methods.includes('GET') ? [...methods, 'HEAD'] : methods]]);
}

function parameterNames({ match }: RouteConfig): readonly string[] {
  const parsed = parseTemplate(match.path);
  if (!parsed.ok) return [];
  return parsed.template.segments.flatMap((segment) => (segment.kind === 'parameter' ? [segment.name] : []));
}

function asksOfCaller(conditions: AccessConditions): boolean {
  const { signedInWithinSeconds, issuedWithinSeconds } = conditions;
  return (
    signedInWithinSeconds > 0 || issuedWithinSeconds > 0 || OF_THE_CALLER.some((kind) => conditions[kind].length > 0)
  );
}

function isEmpty(conditions: AccessConditions): boolean {
  const { addresses, countries, times, headers, when } = conditions;
  return (
    !asksOfCaller(conditions) &&
    addresses.length === 0 &&
    countries.length === 0 &&
    times.length === 0 &&
    Object.keys(headers).length === 0 &&
    when === undefined
  );
}
