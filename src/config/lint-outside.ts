import { compileOwnerExpression, mentionsOwned, OWNER_FUNCTIONS } from '../authz/ownership/owner-expression.ts';
import type { AccessConditions } from '../core/access.ts';
import type { Configuration, RouteConfig } from '../core/configuration.ts';
import { parseTemplate } from '../http/path-template.ts';
import { accessPlace } from './access-place.ts';
import type { SourcePath } from './diagnostics.ts';
import { meantFix } from './did-you-mean.ts';
import { expressionFix } from './expression-fix.ts';
import type { ReadContext } from './schema-types.ts';
import { keyPositionOf, positionOf, type SourceNode } from './source-tree.ts';

type Report = Pick<ReadContext, 'report'>;

/** Finds look-ups and deciders that lead nowhere, would be told credentials, or would open a route where they fail. */
export function lintOutsideAccess(configuration: Configuration, root: SourceNode, context: Report): void {
  const { routes, owners, deciders } = configuration;
  const used = { owners: new Set<string>(), deciders: new Set<string>() };
  const reported = new Set<string>();
  const report = (code: Parameters<Report['report']>[0], path: SourcePath, message: string, fix?: string): void => {
    // A policy that several routes name is wrong once.
    const key = JSON.stringify([code, path, message]);
    if (reported.has(key)) return;
    reported.add(key);
    context.report(code, positionOf(root, path), path, message, fix);
  };
  routes.forEach((route, index) => {
    const parameters = parameterNames(route);
    for (const policy of route.authorize.access) {
      const { conditions, decide = [] } = policy;
      const place = accessPlace(policy, index);
      const { owner } = conditions;
      if (owner !== undefined && mentionsOwned(owner)) {
        const compiled = compileOwnerExpression(owner, parameters);
        const path = [...place, 'owner'];
        if (!compiled.ok) {
          const fix = expressionFix(compiled.problem, owner, parameters, OWNER_FUNCTIONS);
          report('SP101', path, `the expression cannot be used: ${compiled.problem}`, fix);
        } else {
          if (route.authenticate.kind === 'none')
            report('SP103', place, `${route.id} asks whose an object is of a caller it does not identify`);
          for (const { lookup } of compiled.expression.questions) {
            used.owners.add(lookup);
            if (!Object.hasOwn(owners, lookup))
              report('SP130', path, `there is no look-up "${lookup}"`, meantFix(lookup, Object.keys(owners)));
          }
        }
      }
      decide.forEach((decider, position) => {
        const path = [...place, 'decide', position];
        used.deciders.add(decider);
        const config = Object.hasOwn(deciders, decider) ? deciders[decider] : undefined;
        if (config === undefined)
          report('SP131', path, `there is no decider "${decider}"`, meantFix(decider, Object.keys(deciders)));
        else if (config.onFailure === 'rules' && !asksOtherwise(route))
          report('SP134', path, `while ${decider} does not answer, nothing would be asked on ${route.id}`);
      });
    }
  });
  lintHeaders(configuration, report);
  for (const kind of ['owners', 'deciders'] as const)
    for (const name of Object.keys(configuration[kind]))
      if (!used[kind].has(name)) {
        const what = kind === 'owners' ? 'look-up' : 'decider';
        context.report('SP033', keyPositionOf(root, [kind, name]), [kind, name], `no route uses the ${what} "${name}"`);
      }
}

/** Fields that methods of this configuration read credentials from are not sent to deciders. */
function lintHeaders(
  { authenticators, deciders }: Configuration,
  report: (code: 'SP136', path: SourcePath, message: string) => void,
): void {
  const secret = new Set<string>();
  for (const config of Object.values(authenticators)) {
    if (config.type === 'api-key') secret.add(config.header);
    if (config.type === 'jwt' || config.type === 'introspection') secret.add(config.location.header);
  }
  for (const [name, { headers }] of Object.entries(deciders))
    headers.forEach((header, index) => {
      if (secret.has(header))
        report('SP136', ['deciders', name, 'headers', index], `the field ${header} holds credentials`);
    });
}

/** Whether a route asks anything of a call besides deciders. */
function asksOtherwise({ authorize: { scopes, access } }: RouteConfig): boolean {
  return scopes.length > 0 || access.some(({ conditions }) => asksAnything(conditions));
}

function asksAnything(conditions: AccessConditions): boolean {
  return Object.values(conditions).some((value: unknown) => {
    if (Array.isArray(value)) return value.length > 0;
    return typeof value === 'object' && value !== null
      ? Object.keys(value).length > 0
      : value !== undefined && value !== 0;
  });
}

function parameterNames({ match }: RouteConfig): readonly string[] {
  const parsed = parseTemplate(match.path);
  if (!parsed.ok) return [];
  return parsed.template.segments.flatMap((segment) => (segment.kind === 'parameter' ? [segment.name] : []));
}
