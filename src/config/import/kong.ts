import { parseTemplate } from '../../http/path-template.ts';
import { matchHostText, parseOrigin } from '../formats-network.ts';
import type { DraftProtection, DraftRoute, DraftUpstream, Flow } from './draft.ts';
import { DraftNames, isPlainText, nameFrom } from './draft-names.ts';
import { DEFAULT_DRAFT_UPSTREAM, draftText, NOTHING_FOUND } from './draft-text.ts';
import { ImportNotes, noteNotAsked } from './import-notes.ts';
import type { ImportOptions, ImportResult } from './imported.ts';
import { KongCredentials } from './kong-credentials.ts';
import { type KongPlugin, kongDemands, pluginsOf, reference } from './kong-plugins.ts';
import type { LocatedDocument } from './located-document.ts';
import { readPathPattern } from './path-pattern.ts';
import { listOf, memberOf, type PlainRecord, recordOf, textOf, textsOf } from './plain-data.ts';
import { settleRoutes, type Uncarried } from './route-set.ts';

const ROUTES_MAX = 10_000;
const COMBINATIONS_MAX = 64;

type LocatedPlugin = KongPlugin & { readonly entry: PlainRecord };

/** Makes a configuration of a declarative Kong file, formats 1.1 to 3.0. Copies no key, password or secret. */
export function importKong(document: LocatedDocument, options: ImportOptions): ImportResult {
  const format = textOf(memberOf(document.value, '_format_version')) ?? '';
  if (!/^(?:1\.1|2\.1|3(?:\.0)?|2|1)$/.test(format))
    return {
      ok: false,
      line: document.lineOf(['_format_version']),
      problem: 'the file is no declarative Kong file of format 1.1 to 3.0',
    };
  const reading = new KongReading(document, options, format.startsWith('3'));
  return reading.result();
}

class KongReading {
  readonly #document: LocatedDocument;
  readonly #options: ImportOptions;
  /** Since 3.0 only paths that begin with `~` are regular expressions. */
  readonly #markedPatterns: boolean;
  readonly #notes = new ImportNotes();
  readonly #credentials: KongCredentials;
  readonly #global: readonly LocatedPlugin[];
  readonly #upstreams: DraftUpstream[] = [];
  readonly #names = new DraftNames();
  readonly #routes: DraftRoute[] = [];
  readonly #uncarried: Uncarried[] = [];
  #operations = 0;

  constructor(document: LocatedDocument, options: ImportOptions, markedPatterns: boolean) {
    this.#document = document;
    this.#options = options;
    this.#markedPatterns = markedPatterns;
    this.#credentials = new KongCredentials(document, this.#notes);
    this.#global = pluginsOf(memberOf(document.value, 'plugins'), (at) => document.lineOf(['plugins', at]));
  }

  result(): ImportResult {
    const root = this.#document.value;
    listOf(memberOf(root, 'services')).forEach((one, index) => {
      this.#service(recordOf(one) ?? {}, ['services', index]);
    });
    listOf(memberOf(root, 'routes')).forEach((one, index) => {
      const route = recordOf(one) ?? {};
      const services = listOf(memberOf(root, 'services'));
      const at = services.findIndex((service) => names(service).includes(reference(route['service']) ?? '\0'));
      const service = recordOf(services[at]);
      this.#route(route, ['routes', index], service, at < 0 ? [] : ['services', at]);
    });
    for (const key of Object.keys(recordOf(root) ?? {}))
      if (!READ_KEYS.has(key) && !key.startsWith('_'))
        this.#notes.add('warning', this.#document.lineOf([key]), key, 'is not carried over');
    this.#unplaced();
    const settled = settleRoutes(this.#routes, this.#uncarried, this.#notes);
    const routes = settled.length === 0 ? [{ ...NOTHING_FOUND, upstream: this.#anyUpstream() }] : settled;
    noteNotAsked(this.#notes);
    const yaml = draftText({
      origin: `${this.#options.fileName}, Kong`,
      trustedProxies: [],
      connectionsPerAddressMax: undefined,
      upstreams: this.#upstreams.filter((one) => routes.some((route) => route.upstream === one.name)),
      authenticators: this.#credentials.authenticators,
      routes,
      consumers: this.#credentials.consumers,
      listenComments: [],
    });
    return {
      ok: true,
      imported: {
        format: 'kong',
        yaml,
        notes: this.#notes.list(),
        routes: routes.length,
        operations: this.#operations,
        variables: [...this.#credentials.variables].filter((name) => yaml.includes(`env:${name}}`)),
      },
    };
  }

  /** Plugins that act on nothing that was read: what they were meant to protect stands open, or elsewhere. */
  #unplaced(): void {
    const root = this.#document.value;
    const services = listOf(memberOf(root, 'services'));
    const routes = [...listOf(memberOf(root, 'routes')), ...services.flatMap((one) => listOf(memberOf(one, 'routes')))];
    const known = { route: new Set(routes.flatMap(names)), service: new Set(services.flatMap(names)) };
    for (const { name, line, entry } of this.#global)
      for (const kind of ['route', 'service'] as const) {
        const wanted = reference(entry[kind]);
        if (wanted !== undefined && !known[kind].has(wanted))
          this.#notes.add('error', line, `plugin ${name}`, `names a ${kind} that is not in the file: not carried over`);
      }
    listOf(memberOf(root, 'consumers')).forEach((consumer, index) => {
      if (listOf(memberOf(consumer, 'plugins')).length === 0) return;
      const line = this.#document.lineOf(['consumers', index, 'plugins', 0]);
      this.#notes.add(
        'error',
        line,
        'plugins of a consumer',
        'are not carried over: what they ask of it is missing here',
      );
    });
  }

  #service(service: PlainRecord, path: readonly (string | number)[]): void {
    if (service['enabled'] === false) return;
    listOf(service['routes']).forEach((one, index) => {
      this.#route(recordOf(one) ?? {}, [...path, 'routes', index], service, path);
    });
  }

  #route(
    route: PlainRecord,
    path: readonly (string | number)[],
    service: PlainRecord | undefined,
    servicePath: readonly (string | number)[],
  ): void {
    if (++this.#operations > ROUTES_MAX) return;
    const line = this.#document.lineOf(path);
    const name = textOf(route['name']) ?? `${textOf(service?.['name']) ?? 'route'}-${this.#operations}`;
    const subject = `route ${name}`;
    const demands = kongDemands(
      this.#pluginsFor(route, path, service, servicePath),
      this.#credentials,
      subject,
      this.#notes,
    );
    const protection = this.#matchers(route, demands.protection, subject, line);
    if (protection.authenticate.kind === 'none' && !protection.closed)
      this.#notes.add('warning', line, subject, 'no plugin asks who is calling: the route is open here too');
    const paths = textsOf(route['paths']);
    const hosts = textsOf(route['hosts']);
    if (isStream(route)) {
      this.#notes.add('warning', line, subject, 'is for TCP, TLS or gRPC: not carried over');
      return;
    }
    if (paths.length * Math.max(1, hosts.length) > COMBINATIONS_MAX) {
      this.#uncarried.push({ host: '*', path: '/*', protection, subject, line });
      this.#notes.add(
        'error',
        line,
        subject,
        `has more than ${COMBINATIONS_MAX} combinations of hosts and paths: not carried over`,
      );
      return;
    }
    const upstream = this.#upstreamOf(service, route, servicePath, line);
    for (const host of hosts.length === 0 ? ['*'] : hosts)
      for (const pattern of paths.length === 0 ? ['/'] : paths) {
        const match = this.#match(host, pattern, protection, subject, line);
        if (match === undefined) continue;
        this.#rewriting(route, service, match.path, subject, line);
        this.#routes.push({
          name,
          ...match,
          methods: methodsOf(route),
          upstream,
          limits: demands.limits,
          bodyBytesMax: demands.bodyBytesMax,
          comment: remark(match.protection),
          line,
        });
      }
  }

  /** Of plugins of one name the most exact one acts: the route's, else the service's, else the global one. */
  #pluginsFor(
    route: PlainRecord,
    path: readonly (string | number)[],
    service: PlainRecord | undefined,
    servicePath: readonly (string | number)[],
  ): readonly KongPlugin[] {
    const own = pluginsOf(route['plugins'], (at) => this.#document.lineOf([...path, 'plugins', at]));
    const ofService = pluginsOf(service?.['plugins'], (at) => this.#document.lineOf([...servicePath, 'plugins', at]));
    const routeNames = names(route);
    const serviceNames = names(service);
    const layers: (readonly LocatedPlugin[])[] = [[], [], []];
    const put = (layer: number, plugin: LocatedPlugin): void => {
      layers[layer] = [...(layers[layer] ?? []), plugin];
    };
    for (const plugin of own) put(0, plugin);
    for (const plugin of ofService) put(1, plugin);
    for (const plugin of this.#global) {
      const onRoute = reference(plugin.entry['route']);
      const onService = reference(plugin.entry['service']);
      if (onRoute !== undefined) {
        if (routeNames.includes(onRoute)) put(0, plugin);
      } else if (onService !== undefined) {
        if (serviceNames.includes(onService)) put(1, plugin);
      } else put(2, plugin);
    }
    const acting = new Map<string, LocatedPlugin>();
    const confined: LocatedPlugin[] = [];
    for (const layer of layers)
      for (const plugin of layer) {
        if (plugin.consumer !== undefined) confined.push(plugin);
        else if (!acting.has(plugin.name)) acting.set(plugin.name, plugin);
      }
    // Who is calling is settled first: limits are counted by it.
    return [...acting.values(), ...confined].sort((left, right) => rank(left) - rank(right));
  }

  #matchers(route: PlainRecord, protection: DraftProtection, subject: string, line: number): DraftProtection {
    let result = protection;
    const headers: Record<string, readonly string[]> = {};
    for (const [header, values] of Object.entries(recordOf(route['headers']) ?? {})) {
      const name = header.toLowerCase();
      const list = textsOf(values);
      if (!/^[a-z0-9-]{1,64}$/.test(name) || list.length === 0 || list.length > 32 || !list.every(isHeaderValue)) {
        this.#notes.add('error', line, subject, 'matches by a header that cannot be asked for: closed');
        result = { ...result, closed: true };
      } else headers[name] = [...new Set(list)];
    }
    for (const key of ['snis', 'sources', 'destinations', 'expression'])
      if (listOf(route[key]).length > 0 || typeof route[key] === 'string') {
        this.#notes.add('error', line, subject, `matches by ${key}, which has no counterpart: closed`);
        result = { ...result, closed: true };
      }
    const protocols = textsOf(route['protocols']);
    if (protocols.length > 0 && !protocols.includes('http'))
      this.#notes.add('warning', line, subject, 'is for TLS only: give the gateway listen.tls');
    return { ...result, headers: { ...result.headers, ...headers } };
  }

  #match(
    host: string,
    pattern: string,
    protection: DraftProtection,
    subject: string,
    line: number,
  ): Pick<DraftRoute, 'host' | 'path' | 'protection' | 'prefixWithinSegment'> | undefined {
    const known = matchHostText(host);
    const isPattern = this.#markedPatterns ? pattern.startsWith('~') : /[^A-Za-z0-9._~/%-]/.test(pattern);
    if (known === undefined) {
      this.#uncarried.push({ host: '*', path: '/*', protection, subject, line });
      this.#notes.add('warning', line, subject, 'its host cannot be matched: not carried over');
      return undefined;
    }
    if (!isPattern) {
      const path = `${pattern.replace(/\/+$/, '')}/*`;
      if (parseTemplate(path).ok) return { host: known, path, protection, prefixWithinSegment: !pattern.endsWith('/') };
      this.#uncarried.push({ host: known, path: '/*', protection, subject, line });
      this.#notes.add('warning', line, subject, 'its path cannot be a template: not carried over');
      return undefined;
    }
    const read = readPathPattern(this.#markedPatterns ? pattern.slice(1) : pattern);
    const usable = read.kind === 'template' && parseTemplate(read.path).ok;
    if (usable && (read.exact || protection.authenticate.kind !== 'none')) {
      if (!read.exact)
        this.#notes.add('warning', line, subject, 'its pattern is wider here: a segment of it is any text');
      return { host: known, path: read.path, protection };
    }
    this.#uncarried.push({
      host: known,
      path: parseTemplate(read.path).ok ? read.path : '/*',
      protection,
      subject,
      line,
    });
    this.#notes.add(
      'warning',
      line,
      subject,
      'its path is a regular expression that no template says: not carried over',
    );
    return undefined;
  }

  /** Paths are forwarded as they come: what Kong takes off or puts before them is told. */
  #rewriting(route: PlainRecord, service: PlainRecord | undefined, path: string, subject: string, line: number): void {
    const base = (textOf(service?.['path']) ?? URL.parse(textOf(service?.['url']) ?? '')?.pathname ?? '/').replace(
      /\/+$/,
      '',
    );
    const prefix = path.replace(/\/\*$/, '');
    const taken = route['strip_path'] === false ? '' : prefix;
    if (taken !== base)
      this.#notes.add(
        'warning',
        line,
        subject,
        `Kong forwards ${prefix}/… as ${taken === '' ? `${base}${prefix}` : base}/…: here the path stays as it is`,
      );
  }

  #upstreamOf(
    service: PlainRecord | undefined,
    route: PlainRecord,
    path: readonly (string | number)[],
    line: number,
  ): string {
    const name = nameFrom(textOf(service?.['name']) ?? textOf(service?.['host']) ?? '') ?? 'service';
    const preserveHost = route['preserve_host'] === true;
    const fields = this.#upstreamFields(service, path.length === 0 ? line : this.#document.lineOf(path), name);
    if (preserveHost) fields['preserveHost'] = true;
    const text = JSON.stringify(fields);
    const known = this.#upstreams.find((one) => one.comment === '' && JSON.stringify(one.fields) === text);
    if (known !== undefined) return known.name;
    const taken = this.#names.take(name, 'service');
    this.#upstreams.push({ name: taken, fields, comment: '' });
    return taken;
  }

  #upstreamFields(service: PlainRecord | undefined, line: number, subject: string): Record<string, Flow> {
    const url = URL.parse(textOf(service?.['url']) ?? '');
    const protocol = textOf(service?.['protocol']) ?? url?.protocol.replace(':', '') ?? 'http';
    const host = textOf(service?.['host']) ?? url?.hostname ?? '';
    const port = textOf(service?.['port']) ?? (url === null ? (protocol === 'https' ? '443' : '80') : url.port);
    const scheme = protocol === 'https' ? 'https' : 'http';
    const pool = listOf(memberOf(this.#document.value, 'upstreams')).find(
      (one) => textOf(memberOf(one, 'name')) === host,
    );
    const addresses = [
      ...listOf(memberOf(pool, 'targets')).map((one) => textOf(memberOf(one, 'target')) ?? ''),
      ...listOf(memberOf(this.#document.value, 'targets'))
        .filter((one) => reference(memberOf(one, 'upstream')) === host)
        .map((one) => textOf(memberOf(one, 'target')) ?? ''),
    ].map((target) => (/:\d+$/.test(target) ? target : `${target}:8000`));
    const wanted = addresses.length > 0 ? addresses : [port === '' ? host : `${host}:${port}`];
    const origins = [
      ...new Set(
        wanted.slice(0, 64).flatMap((one) => {
          const origin = parseOrigin(`${scheme}://${one}`);
          return origin.ok && !one.includes('$') ? [origin.value] : [];
        }),
      ),
    ];
    if (addresses.length > 0)
      this.#notes.add('note', line, `upstream ${host}`, 'weights and health checks are not carried over');
    if (protocol !== 'http' && protocol !== 'https')
      this.#notes.add('warning', line, subject, 'is reached by another protocol than HTTP: not carried over');
    if (origins.length === 0) {
      this.#notes.add('warning', line, subject, 'its address cannot be written as one: a placeholder stands there');
      return { ...DEFAULT_DRAFT_UPSTREAM.fields };
    }
    if (service?.['client_certificate'] !== undefined)
      this.#notes.add('warning', line, subject, 'the certificate the upstream is called with is not carried over');
    const seconds = (key: string): number | undefined => {
      const value = service?.[key];
      return typeof value === 'number' && value >= 100 && value <= 86_400_000 ? value / 1000 : undefined;
    };
    const timeout = seconds('read_timeout');
    const connect = seconds('connect_timeout');
    return {
      ...(origins.length === 1 ? { url: origins[0] ?? '' } : { targets: origins }),
      ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
      ...(connect === undefined || connect > 300 ? {} : { connectTimeoutSeconds: connect }),
    };
  }

  #anyUpstream(): string {
    if (this.#upstreams.length === 0) this.#upstreams.push(DEFAULT_DRAFT_UPSTREAM);
    this.#notes.add(
      'warning',
      1,
      'routes',
      'the file has no route that could be carried over: one asks for a key for everything',
    );
    return this.#upstreams[0]?.name ?? DEFAULT_DRAFT_UPSTREAM.name;
  }
}

const READ_KEYS: ReadonlySet<string> = new Set('services routes consumers plugins upstreams targets'.split(' '));

function remark(protection: DraftProtection): string {
  if (protection.closed) return 'closed: see the report of the import';
  return '';
}

function rank(plugin: KongPlugin): number {
  return AUTHENTICATION.has(plugin.name) ? 0 : 1;
}

const AUTHENTICATION: ReadonlySet<string> = new Set(['key-auth', 'jwt', 'basic-auth', 'openid-connect']);

function names(entity: unknown): readonly string[] {
  return ['name', 'id'].flatMap((key) => textOf(memberOf(entity, key)) ?? []);
}

function isStream(route: PlainRecord): boolean {
  const protocols = textsOf(route['protocols']);
  return protocols.length > 0 && !protocols.some((protocol) => protocol === 'http' || protocol === 'https');
}

function methodsOf(route: PlainRecord): readonly string[] {
  const methods = textsOf(route['methods']).filter((method) => /^[A-Z]{1,20}$/.test(method));
  return [...new Set(methods.filter((method) => method !== 'TRACE' && method !== 'CONNECT'))].slice(0, 32);
}

function isHeaderValue(value: string): boolean {
  return /^[\x20-\x7e]{1,256}$/.test(value) && isPlainText(value) && !value.startsWith('~*');
}
