import { disjointKind, implies } from '../authz/implied-conditions.ts';
import type { AccessConditions, AccessPolicy } from '../core/access.ts';
import type { AuthenticatorConfig, Configuration, RouteConfig } from '../core/configuration.ts';
import { accessPlace } from './access-place.ts';
import type { SourcePath } from './diagnostics.ts';
import { meantFix } from './did-you-mean.ts';
import type { ReadContext } from './schema-types.ts';
import { positionOf, type SourceNode } from './source-tree.ts';

type Report = Pick<ReadContext, 'report'>;

/** Finds what no call can meet, and rules that change nothing: what is said here is proved, and the rest is not said. */
export function lintProofs(configuration: Configuration, root: SourceNode, context: Report): void {
  lintIdle(configuration, root, context);
  configuration.routes.forEach((route, index) => {
    const report = (
      code: 'SP142' | 'SP147' | 'SP148' | 'SP149',
      path: SourcePath,
      message: string,
      fix?: string,
    ): void => context.report(code, positionOf(root, path), path, message, fix);
    const methods = methodsOf(route, configuration);
    const { access } = route.authorize;
    for (const policy of access) {
      const kind = methods === undefined ? undefined : unmetKind(policy.conditions, methods);
      if (kind === undefined) continue;
      const path = [...accessPlace(policy, index), kind];
      report('SP149', path, `no method of the route "${route.id}" can meet ${kind}: every call would be refused`);
    }
    const disjoint = disjointKind(access.map(({ conditions }) => conditions));
    if (disjoint !== undefined) {
      const last = access.findLast(({ conditions }) => asks(conditions, disjoint));
      const path = last === undefined ? ['routes', index, 'authorize'] : [...accessPlace(last, index), disjoint];
      const message = `what "${route.id}" asks of ${disjoint} has nothing in common: every call would be refused`;
      report('SP142', path, message);
    }
    lintScopes(route, index, configuration, report);
    lintShadowed(route, index, report);
  });
}

/**
 * Finds rules that deny, and conditions of field rules, that no caller meets. What stands in a policy or a group is for
 * all of its routes, and idle only where it is on each of them.
 */
function lintIdle(configuration: Configuration, root: SourceNode, context: Report): void {
  const used = new Set<string>();
  const idle = new Map<string, { readonly path: SourcePath; readonly message: string }>();
  configuration.routes.forEach((route, index) => {
    const methods = methodsOf(route, configuration);
    if (methods === undefined) return;
    for (const policy of route.authorize.access)
      for (const { conditions, path, effect } of partsOf(policy, accessPlace(policy, index))) {
        const kind = unmetKind(conditions, methods);
        const key = JSON.stringify(path);
        if (kind === undefined) used.add(key);
        else {
          const message = `no method of the route "${route.id}" can meet ${kind}: ${effect}`;
          if (!idle.has(key)) idle.set(key, { path: [...path, kind], message });
        }
      }
  });
  for (const [key, { path, message }] of idle)
    if (!used.has(key)) context.report('SP149', positionOf(root, path), path, message);
}

interface ConditionalPart {
  readonly conditions: AccessConditions;
  readonly path: SourcePath;
  /** What it means that nobody meets them. */
  readonly effect: string;
}

function partsOf({ deny, fields }: AccessPolicy, place: SourcePath): readonly ConditionalPart[] {
  const parts: ConditionalPart[] = deny.map(({ name, conditions }, index) => ({
    conditions,
    path: [...place, 'deny', index],
    effect: `${name} never denies`,
  }));
  if (fields === undefined) return parts;
  for (const side of ['request', 'response'] as const)
    fields[side].forEach((rule, index) => {
      const path = [...place, 'fields', side, index];
      if (rule.if !== undefined)
        parts.push({ conditions: rule.if.conditions, path: [...path, 'if'], effect: 'the rule never counts' });
      if (rule.unless !== undefined)
        parts.push({
          conditions: rule.unless.conditions,
          path: [...path, 'unless'],
          effect: 'the exception spares nobody',
        });
    });
  return parts;
}

/** The methods a route identifies callers by; undefined where it asks nobody or one of them is not known. */
export function methodsOf(
  { authenticate }: RouteConfig,
  { authenticators }: Configuration,
): readonly AuthenticatorConfig[] | undefined {
  if (authenticate.kind === 'none') return undefined;
  const methods = authenticate.authenticators.flatMap((name) =>
    Object.hasOwn(authenticators, name) ? (authenticators[name] ?? []) : [],
  );
  return methods.length === authenticate.authenticators.length ? methods : undefined;
}

type UnmetKind = 'methods' | 'bindings' | 'acr' | 'roles' | 'signedInWithin' | 'issuedWithin';

/** What is asked that none of these methods can give; the key as it stands in the file. */
function unmetKind(conditions: AccessConditions, methods: readonly AuthenticatorConfig[]): UnmetKind | undefined {
  const { bindings, acr, roles } = conditions;
  const tokens = methods.filter((one) => one.type === 'jwt' || one.type === 'introspection');
  if (conditions.methods.length > 0 && !methods.some(({ type }) => conditions.methods.includes(type))) return 'methods';
  const hasCertificate = methods.some(({ type }) => type === 'mtls');
  if (bindings.length > 0 && tokens.length === 0 && !(hasCertificate && bindings.includes('mtls'))) return 'bindings';
  if (roles.length > 0 && !tokens.some(({ claims }) => claims.rolesClaim !== undefined)) return 'roles';
  if (tokens.length > 0) return undefined;
  if (acr.length > 0) return 'acr';
  if (conditions.signedInWithinSeconds > 0) return 'signedInWithin';
  return conditions.issuedWithinSeconds > 0 ? 'issuedWithin' : undefined;
}

function asks(conditions: AccessConditions, kind: keyof AccessConditions): boolean {
  const value: unknown = conditions[kind];
  return Array.isArray(value) ? value.length > 0 : typeof value === 'object' && Object.keys(value ?? {}).length > 0;
}

/** Scopes that stand in the file whole: clients of these methods have no others. */
function lintScopes(
  route: RouteConfig,
  index: number,
  configuration: Configuration,
  report: (code: 'SP148', path: SourcePath, message: string, fix?: string) => void,
): void {
  const methods = methodsOf(route, configuration);
  if (methods === undefined) return;
  const held = new Set<string>();
  for (const method of methods) {
    const scopes = scopesOf(method);
    if (scopes === undefined) return;
    for (const scope of scopes) held.add(scope);
  }
  for (const scope of route.authorize.scopes)
    if (!held.has(scope)) {
      const path = ['routes', index, 'authorize', 'scopes'];
      const message = `no client of the methods of "${route.id}" has the scope ${scope}: every call is refused`;
      report('SP148', path, message, meantFix(scope, [...held]));
    }
}

/** Scopes of the clients of a method; undefined where they do not stand in the file. */
export function scopesOf(method: AuthenticatorConfig): readonly string[] | undefined {
  switch (method.type) {
    case 'basic':
      return Object.values(method.users).flatMap(({ scopes }) => scopes);
    case 'hmac':
      return Object.values(method.clients).flatMap(({ scopes }) => scopes);
    case 'http-signature':
      return Object.values(method.keys).flatMap(({ scopes }) => scopes);
    default:
      return undefined;
  }
}

/** Rules of the route itself that another rule of it makes idle. What stands in groups and policies is for other routes too. */
function lintShadowed(
  { id, authorize: { access } }: RouteConfig,
  index: number,
  report: (code: 'SP147', path: SourcePath, message: string) => void,
): void {
  for (const policy of access) {
    const place = accessPlace(policy, index);
    policy.deny.forEach((rule, position) => {
      const wider = policy.deny.find(
        (other, at) =>
          at !== position &&
          implies(rule.conditions, other.conditions) &&
          (at < position || !implies(other.conditions, rule.conditions)),
      );
      if (wider !== undefined)
        report('SP147', [...place, 'deny', position], `whatever ${rule.name} denies, ${wider.name} denies too`);
    });
  }
  const own = access.find(({ name }) => name === '');
  if (own === undefined || !onlyConditions(own)) return;
  const narrower = access.find((other) => other !== own && implies(other.conditions, own.conditions));
  if (narrower !== undefined)
    report(
      'SP147',
      ['routes', index, 'authorize'],
      `${narrower.name} asks all that "${id}" asks of its callers itself`,
    );
}

function onlyConditions({ deny, decide, fields, rows, conditions }: AccessPolicy): boolean {
  return (
    deny.length === 0 &&
    (decide ?? []).length === 0 &&
    fields === undefined &&
    rows === undefined &&
    // Whose an object is may be asked of somebody outside, who is asked once more.
    conditions.owner === undefined
  );
}
