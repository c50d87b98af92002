import { DEFAULT_UPSTREAM_URL } from '../default-configuration.ts';
import { parseOrigin } from '../formats-network.ts';
import { ASKS_FOR_KEY, type DraftRoute } from './draft.ts';
import { isPlainText } from './draft-names.ts';
import { draftText, flow, NOTHING_FOUND } from './draft-text.ts';
import { ImportNotes, noteNotAsked, printable } from './import-notes.ts';
import type { ImportOptions, ImportResult } from './imported.ts';
import type { LocatedDocument } from './located-document.ts';
import { OpenApiSecurity } from './openapi-security.ts';
import { type OperationGroup, PathTree } from './path-tree.ts';
import { listOf, memberOf, recordOf, textOf } from './plain-data.ts';
import { settleRoutes } from './route-set.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'query'] as const;
const OPERATIONS_MAX = 20_000;

/** Makes a configuration of an OpenAPI 2.0, 3.0 or 3.1 document. Does not check the document, and does not follow references to other files. */
export function importOpenApi(document: LocatedDocument, options: ImportOptions): ImportResult {
  const root = recordOf(document.value) ?? {};
  const version = textOf(root['openapi']) ?? textOf(root['swagger']) ?? '';
  if (!/^(?:2\.0|3\.[0-9])/.test(version))
    return { ok: false, line: document.lineOf(['openapi']), problem: 'the document is not OpenAPI 2.0 or 3.x' };
  const notes = new ImportNotes();
  const server = serverOf(document, options, notes);
  const schemes = memberOf(root['components'], 'securitySchemes') ?? root['securityDefinitions'];
  const schemePath =
    root['securityDefinitions'] === undefined ? ['components', 'securitySchemes'] : ['securityDefinitions'];
  const security = new OpenApiSecurity(schemes, server.url, (name) => document.lineOf([...schemePath, name]), notes);
  const base = server.basePath.split('/').filter((part) => part !== '').length;
  const tree = new PathTree(base);
  const counted = { operations: 0, unsaid: 0 };
  for (const [path, item] of Object.entries(recordOf(root['paths']) ?? {})) {
    const line = document.lineOf(['paths', path]);
    if (!path.startsWith('/')) continue;
    if (memberOf(item, '$ref') !== undefined)
      notes.add('warning', line, path, 'is a reference, which is not followed: its operations have no route');
    if (memberOf(item, 'servers') !== undefined)
      notes.add('warning', line, path, 'has servers of its own: its calls go to the first server of the document');
    for (const method of METHODS) {
      const operation = memberOf(item, method);
      if (operation === undefined) continue;
      if (++counted.operations > OPERATIONS_MAX)
        return { ok: false, line, problem: `the document has more than ${OPERATIONS_MAX} operations` };
      addOperation(document, tree, security, { path, method, operation, base: server.basePath }, counted, notes);
    }
  }
  if (counted.unsaid > 0)
    notes.add(
      'note',
      1,
      'security',
      `${counted.unsaid} of ${counted.operations} operations do not say who may call: an API key is asked for`,
    );
  reportLimits(root, document, notes);
  const groups = tree.groups();
  const settled = settleRoutes(groups.map(routeOf), [], notes);
  const routes = settled.length === 0 ? [NOTHING_FOUND] : settled;
  if (settled.length === 0)
    notes.add('warning', 1, 'paths', 'the document has no operations: one route asks for a key for everything');
  const openapi = `openapi: ${flow(printable(options.documentPath ?? `./${options.fileName}`))}`;
  notes.add('note', 1, 'contract', `calls are not held to the document yet: write ${openapi} into the upstream api`);
  noteNotAsked(notes);
  const yaml = draftText({
    origin: `${options.fileName}, OpenAPI ${version}`,
    trustedProxies: [],
    connectionsPerAddressMax: undefined,
    upstreams: [
      { name: 'api', fields: { url: server.url }, comment: `to hold calls to the document, add: ${openapi}` },
    ],
    authenticators: security.authenticators,
    routes,
    consumers: {},
    listenComments: [],
  });
  return {
    ok: true,
    imported: {
      format: 'openapi',
      yaml,
      notes: notes.list(),
      routes: routes.length,
      operations: counted.operations,
      variables: [],
    },
  };
}

function addOperation(
  document: LocatedDocument,
  tree: PathTree,
  security: OpenApiSecurity,
  at: { readonly path: string; readonly method: string; readonly operation: unknown; readonly base: string },
  counted: { unsaid: number },
  notes: ImportNotes,
): void {
  const { path, method, operation, base } = at;
  const line = document.lineOf(['paths', path, method]);
  const subject = `${method.toUpperCase()} ${path}`;
  const own = memberOf(operation, 'security');
  const asked = own ?? memberOf(document.value, 'security');
  if (asked === undefined) counted.unsaid++;
  const protection = security.protection(asked, subject, line);
  if (memberOf(operation, 'servers') !== undefined)
    notes.add('warning', line, subject, 'has servers of its own: its calls go to the first server of the document');
  const kept = tree.add(`${base}${path}`, (widened) => ({
    name: textOf(memberOf(operation, 'operationId')) ?? subject,
    method: method.toUpperCase(),
    // What a wider path takes in must not become open by it.
    protection: widened && protection.authenticate.kind === 'none' ? ASKS_FOR_KEY : protection,
    deprecated: memberOf(operation, 'deprecated') === true,
    line,
  }));
  if (!kept)
    notes.add(
      'warning',
      line,
      subject,
      'a segment of its path is more than a template can say: the route takes any text there, and asks for a credential',
    );
  for (const key of Object.keys(recordOf(operation) ?? {}))
    if (isLimitExtension(key)) notes.add('warning', line, subject, `${key} is not read: write it as limits`);
}

function isLimitExtension(key: string): boolean {
  return key.startsWith('x-') && /rate|throttl|quota/i.test(key);
}

function reportLimits(root: Readonly<Record<string, unknown>>, document: LocatedDocument, notes: ImportNotes): void {
  for (const key of Object.keys(root))
    if (isLimitExtension(key))
      notes.add('warning', document.lineOf([key]), key, 'is not read: write it as limits of the routes');
}

function routeOf(group: OperationGroup): DraftRoute {
  const { operations, protection } = group;
  const deprecated = operations.filter((one) => one.deprecated).map((one) => one.name);
  const remarks = [
    ...(protection.closed ? ['closed: see the report of the import'] : []),
    ...(deprecated.length === 0 ? [] : [`deprecated: ${deprecated.join(', ')}`]),
  ];
  const first = operations[0];
  return {
    name: operations.length === 1 ? (first?.name ?? '') : `${group.path.replace(/[{}*]/g, '')} ${scopeName(group)}`,
    host: '*',
    path: group.path,
    methods: group.methods,
    upstream: 'api',
    protection,
    limits: [],
    bodyBytesMax: undefined,
    comment: remarks.join('; '),
    line: first?.line ?? 1,
  };
}

/** The scope where there is one: `/pets` by `pets:read` and by `pets:write` are two routes. */
function scopeName({ protection }: OperationGroup): string {
  return protection.scopes.length === 1 ? (protection.scopes[0] ?? '') : '';
}

interface Server {
  readonly url: string;
  readonly basePath: string;
}

/** Address and base path of the first server, with the defaults of its variables. */
function serverOf(document: LocatedDocument, options: ImportOptions, notes: ImportNotes): Server {
  const servers = listOf(memberOf(document.value, 'servers'));
  const line = document.lineOf(['servers']);
  if (servers.length > 1) notes.add('note', line, 'servers', 'the first of several servers is the upstream');
  const first = recordOf(servers[0]);
  const template = first === undefined ? swaggerServer(document.value) : (textOf(first['url']) ?? '/');
  const variables = recordOf(first?.['variables']) ?? {};
  const text = template
    .slice(0, 2048)
    .replace(/\{([^{}]*)\}/g, (_, name: string) => textOf(memberOf(memberOf(variables, name), 'default')) ?? '');
  const url = URL.parse(text) ?? URL.parse(text, 'relative://document');
  const basePath = basePathOf(url?.protocol === 'relative:' || url?.protocol.startsWith('http') ? url.pathname : '/');
  if (basePath === undefined)
    notes.add('warning', line, 'servers', 'the path of the server cannot stand in a route: routes begin without it');
  const known = { basePath: basePath ?? '' };
  if (options.upstreamUrl !== undefined) {
    const given = parseOrigin(options.upstreamUrl);
    if (given.ok) return { url: given.value, ...known };
  }
  const origin = url === null ? undefined : parseOrigin(url.origin);
  if (origin?.ok === true && isPlainText(origin.value) && url?.username === '') return { url: origin.value, ...known };
  notes.add(
    'warning',
    line,
    'servers',
    `the document names no address of the API: ${DEFAULT_UPSTREAM_URL} stands in its place (--upstream URL)`,
  );
  return { url: DEFAULT_UPSTREAM_URL, ...known };
}

function swaggerServer(root: unknown): string {
  const host = textOf(memberOf(root, 'host'));
  const basePath = textOf(memberOf(root, 'basePath')) ?? '/';
  if (host === undefined) return basePath;
  const schemes = listOf(memberOf(root, 'schemes'));
  return `${schemes.includes('https') || schemes.length === 0 ? 'https' : 'http'}://${host}${basePath}`;
}

function basePathOf(pathname: string): string | undefined {
  const path = pathname.replace(/\/+$/, '');
  return /^(?:\/[A-Za-z0-9._~-]+)*$/.test(path) && !/\/\.{1,2}(?:\/|$)/.test(path) ? path : undefined;
}
