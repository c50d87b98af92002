import { parseTemplate } from '../../http/path-template.ts';
import { matchHostText, parseOrigin } from '../formats-network.ts';
import type { DraftProtection, DraftRoute, DraftUpstream, Flow } from './draft.ts';
import { DraftNames } from './draft-names.ts';
import { DEFAULT_DRAFT_UPSTREAM, draftText, NOTHING_FOUND } from './draft-text.ts';
import { ImportNotes, noteNotAsked } from './import-notes.ts';
import { addressBlocks } from './import-values.ts';
import type { ImportOptions, ImportResult } from './imported.ts';
import {
  inherited,
  type NginxLevels,
  type NginxZones,
  nginxLimits,
  nginxProtection,
  nginxZones,
  option,
} from './nginx-access.ts';
import { noteDropped } from './nginx-dropped.ts';
import type { NginxDirective } from './nginx-tokens.ts';
import { patternCondition, readPathPattern } from './path-pattern.ts';
import { settleRoutes, type Uncarried } from './route-set.ts';

const LOCATIONS_MAX = 10_000;
const TO_TLS = 'sends callers on to TLS: give the gateway listen.tls and no plain port';
/** A place that nginx answers itself, or refuses: no call of it reached an API. */
const NO_UPSTREAM = 'refused';

/** Makes a configuration of nginx directives: servers, locations, and what they ask of callers. */
export function importNginx(directives: readonly NginxDirective[], options: ImportOptions): ImportResult {
  const blocks = directives.filter((one) => one.name === 'http');
  const http = blocks.length === 0 ? directives : blocks.flatMap((one) => one.block ?? []);
  if (!http.some((one) => one.name === 'server'))
    return { ok: false, line: 1, problem: 'the file has no server block' };
  return new NginxImport(http, options).result(directives);
}

class NginxImport {
  readonly #http: readonly NginxDirective[];
  readonly #options: ImportOptions;
  readonly #notes = new ImportNotes();
  readonly #zones: NginxZones;
  readonly #upstreams: DraftUpstream[] = [];
  readonly #names = new DraftNames();
  readonly #routes: DraftRoute[] = [];
  readonly #uncarried: Uncarried[] = [];
  readonly #listen: string[] = [];
  #locations = 0;
  #connections: number | undefined;

  constructor(http: readonly NginxDirective[], options: ImportOptions) {
    this.#http = http;
    this.#options = options;
    this.#zones = nginxZones(http, this.#notes);
  }

  result(all: readonly NginxDirective[]): ImportResult {
    const servers = this.#http.filter((one) => one.name === 'server');
    for (const server of servers) this.#server(server, servers.length === 1);
    const settled = settleRoutes(this.#withUpstreams(), this.#uncarried, this.#notes);
    const routes = settled.length === 0 ? [{ ...NOTHING_FOUND, upstream: this.#anyUpstream() }] : settled;
    const trusted = this.#trusted();
    noteDropped(all, this.#notes);
    noteNotAsked(this.#notes);
    const yaml = draftText({
      origin: `${this.#options.fileName}, nginx`,
      trustedProxies: trusted,
      connectionsPerAddressMax: this.#connections,
      upstreams: this.#upstreams.filter((one) => routes.some((route) => route.upstream === one.name)),
      authenticators: [],
      routes,
      consumers: {},
      listenComments: this.#listen,
    });
    const imported = {
      format: 'nginx',
      yaml,
      notes: this.#notes.list(),
      routes: routes.length,
      operations: this.#locations,
      variables: [],
    } as const;
    return { ok: true, imported };
  }

  #server(server: NginxDirective, only: boolean): void {
    const block = server.block ?? [];
    this.#tls(block);
    const redirect = block.find(isRedirectToTls);
    if (redirect !== undefined) {
      this.#notes.add('note', redirect.line, 'return', TO_TLS, redirect.file);
      return;
    }
    const hosts = this.#hosts(block, only);
    const outer = [
      this.#http.filter((one) => one.block === undefined || one.name === 'if'),
      block.filter((one) => one.name !== 'location'),
    ];
    const locations = block.filter((one) => one.name === 'location');
    for (const location of locations) this.#location(location, outer, hosts);
  }

  #hosts(block: readonly NginxDirective[], only: boolean): readonly string[] {
    const directives = block.filter((one) => one.name === 'server_name');
    const names = directives.flatMap((one) => one.words);
    if (only || names.length === 0) {
      const [first] = directives;
      if (first !== undefined && names.some((name) => name !== '_' && name !== ''))
        this.#notes.add(
          'note',
          first.line,
          `server_name ${names.join(' ')}`,
          'the one server takes calls of every host: write match: { host: … } where others are to be refused',
          first.file,
        );
      return ['*'];
    }
    const hosts = new Set<string>();
    for (const name of names.slice(0, 64)) {
      const host = name === '_' || name === '' ? '*' : matchHostText(name.startsWith('.') ? name.slice(1) : name);
      const line = directives[0]?.line ?? 1;
      if (host === undefined || name.startsWith('~')) {
        // Calls for it fall to the routes of other hosts, so that these have to ask for as much.
        hosts.add('*');
        this.#notes.add(
          'warning',
          line,
          `server_name ${name}`,
          'is a pattern no route says: its locations stand for every host',
          directives[0]?.file,
        );
      } else hosts.add(host);
      if (name.startsWith('.') && host !== undefined) hosts.add(`*.${host}`);
    }
    return [...hosts];
  }

  #location(location: NginxDirective, outer: NginxLevels, hosts: readonly string[]): void {
    if (++this.#locations > LOCATIONS_MAX) return;
    const words = location.words;
    const modifier = words.length > 1 ? (words[0] ?? '') : '';
    const text = (words.length > 1 ? words[1] : words[0]) ?? '/';
    const subject = `location ${words.join(' ')}`;
    if (text.startsWith('@')) return;
    const own = location.block ?? [];
    if (own.some(isRedirectToTls)) {
      const { line, file } = location;
      this.#notes.add('note', line, subject, TO_TLS, file);
      return;
    }
    const levels = [...outer, own.filter((one) => one.name !== 'location')];
    const target = this.#target(levels, own, subject);
    const methods = this.#methods(own, subject);
    const asked = nginxProtection(levels, subject, this.#notes);
    const protection = { ...asked, closed: asked.closed || target === NO_UPSTREAM || methods === undefined };
    for (const inner of own) if (inner.name === 'location') this.#location(inner, levels, hosts);
    for (const host of hosts) {
      const path = this.#path(modifier, text, host, protection, location, subject);
      if (path === undefined) continue;
      this.#routes.push({
        name:
          path.path.replace(/[{}*]/g, '') === '/'
            ? `${host === '*' ? '' : `${host}-`}everything`
            : `${host === '*' ? '' : host}${path.path}`,
        host,
        ...path,
        methods: methods ?? [],
        upstream: target,
        protection,
        limits: nginxLimits(levels, this.#zones, subject, this.#notes),
        bodyBytesMax: this.#bodySize(levels, subject),
        comment: remark(protection, target),
        line: location.line,
        file: location.file,
        beatsPatterns: modifier === '=' || modifier === '^~',
      });
    }
    this.#other(levels, subject);
  }

  #path(
    modifier: string,
    text: string,
    host: string,
    protection: DraftProtection,
    location: NginxDirective,
    subject: string,
  ): Pick<DraftRoute, 'path' | 'prefixWithinSegment'> | undefined {
    const { line, file } = location;
    const refused = protection.closed && modifier === '~' ? patternCondition(text) : undefined;
    const uncarried = (path: string): undefined => {
      if (refused !== undefined) {
        // It matches anywhere in a path, which no template says; nobody passes there, which a rule does.
        this.#uncarried.push({ host, path: '/*', protection, refuses: refused, subject, line, file });
        this.#notes.add(
          'note',
          line,
          subject,
          'is carried over as a rule that denies, on the routes of its calls',
          file,
        );
        return undefined;
      }
      this.#uncarried.push({ host, path, protection, subject, line, file });
      this.#notes.add('warning', line, subject, 'is a pattern no template says: not carried over', file);
    };
    if (modifier === '=') return parseTemplate(text).ok ? { path: text } : uncarried('/*');
    if (modifier === '~' || modifier === '~*') {
      const read = readPathPattern(text);
      // Without `^` it matches anywhere in the path, and a template only at its beginning.
      if (!text.startsWith('^')) return uncarried('/*');
      const usable = modifier === '~' && read.kind === 'template' && parseTemplate(read.path).ok;
      if (!usable || (!read.exact && protection.authenticate.kind === 'none')) {
        // Patterns that ignore case match paths whose spelling no template lists.
        return uncarried(modifier === '~' && parseTemplate(read.path).ok ? read.path : '/*');
      }
      if (!read.exact)
        this.#notes.add('warning', line, subject, 'its pattern is wider here: a segment of it is any text', file);
      return { path: read.path };
    }
    const path = `${text.replace(/\/+$/, '')}/*`;
    return parseTemplate(path).ok ? { path, prefixWithinSegment: !text.endsWith('/') } : uncarried('/*');
  }

  /** Name of the upstream the calls of a place go to. */
  #target(levels: NginxLevels, own: readonly NginxDirective[], subject: string): string {
    // A return of the server answers before any location is asked.
    const refusal =
      own.find((one) => one.name === 'return' || one.name === 'internal') ??
      levels[1]?.find((one) => one.name === 'return');
    const pass = own.find((one) => one.name === 'proxy_pass');
    if (refusal !== undefined || pass === undefined) {
      const at = refusal ?? own[0] ?? levels.at(-2)?.[0];
      this.#notes.add(
        'note',
        at?.line ?? 1,
        subject,
        'nginx passes none of its calls on to an API: here they are refused',
        at?.file,
      );
      return NO_UPSTREAM;
    }
    const match = /^(https?):\/\/([^/$]+)(\/[^$]*)?$/.exec(pass.words[0] ?? '');
    const origins =
      match === null || match[2]?.startsWith('unix') ? [] : this.#origins(match[1] ?? 'http', match[2] ?? '', pass);
    if (match === null || origins.length === 0) {
      this.#notes.add(
        'error',
        pass.line,
        `proxy_pass at ${subject}`,
        'its address cannot be written as one: closed',
        pass.file,
      );
      return NO_UPSTREAM;
    }
    const prefix = subject.split(' ').at(-1) ?? '';
    if (match[3] !== undefined && match[3] !== prefix)
      this.#notes.add(
        'warning',
        pass.line,
        `proxy_pass at ${subject}`,
        'replaces the beginning of the path: here the path stays as it is',
        pass.file,
      );
    const fields: Record<string, Flow> = origins.length === 1 ? { url: origins[0] ?? '' } : { targets: origins };
    const read = seconds(inherited(levels, 'proxy_read_timeout').at(-1), 86_400);
    const connect = seconds(inherited(levels, 'proxy_connect_timeout').at(-1), 300);
    if (read !== undefined) fields['timeoutSeconds'] = read;
    if (connect !== undefined) fields['connectTimeoutSeconds'] = connect;
    if (this.#headers(levels, subject)) fields['preserveHost'] = true;
    const text = JSON.stringify(fields);
    const known = this.#upstreams.find((one) => JSON.stringify(one.fields) === text);
    if (known !== undefined) return known.name;
    const name = this.#names.take(match[2]?.split(':')[0] ?? '', 'api');
    this.#upstreams.push({ name, fields, comment: '' });
    return name;
  }

  #origins(scheme: string, host: string, pass: NginxDirective): readonly string[] {
    const pool = this.#http.find((one) => one.name === 'upstream' && one.words[0] === host);
    const servers = (pool?.block ?? []).filter((one) => one.name === 'server' && !one.words.includes('down'));
    const addresses = pool === undefined ? [host] : servers.map((one) => one.words[0] ?? '');
    if (servers.some((one) => one.words.some((word) => word === 'backup' || word.startsWith('weight='))))
      this.#notes.add(
        'warning',
        pool?.line ?? pass.line,
        `upstream ${host}`,
        'weights and backups are not carried over: all servers count the same',
        pool?.file,
      );
    const origins = addresses.slice(0, 64).flatMap((address) => {
      const origin = parseOrigin(`${scheme}://${address}`);
      return origin.ok && !address.includes('$') ? [origin.value] : [];
    });
    return [...new Set(origins)];
  }

  /** Whether the upstream is told the host of the client. Other fields are named, never copied: they may be secrets. */
  #headers(levels: NginxLevels, subject: string): boolean {
    let preserveHost = false;
    for (const directive of inherited(levels, 'proxy_set_header')) {
      const [field = '', value = ''] = directive.words;
      const name = field.toLowerCase();
      if (name === 'host') preserveHost = value === '$host' || value === '$http_host';
      else if (!FORWARDED.has(name))
        this.#notes.add(
          'warning',
          directive.line,
          `proxy_set_header ${field} at ${subject}`,
          'is not sent to the upstream',
          directive.file,
        );
    }
    return preserveHost;
  }

  /** Methods of `limit_except … { deny all; }`; undefined where it says something else. */
  #methods(own: readonly NginxDirective[], subject: string): readonly string[] | undefined {
    const except = own.find((one) => one.name === 'limit_except');
    if (except === undefined) return [];
    const inner = except.block ?? [];
    const methods = except.words.filter((word) => /^[A-Z]{1,20}$/.test(word) && word !== 'TRACE' && word !== 'CONNECT');
    if (inner.length === 1 && inner[0]?.name === 'deny' && inner[0].words[0] === 'all' && methods.length > 0)
      return [...new Set(methods)];
    this.#notes.add(
      'error',
      except.line,
      `limit_except at ${subject}`,
      'asks for something by method: closed',
      except.file,
    );
    return undefined;
  }

  #bodySize(levels: NginxLevels, subject: string): number | undefined {
    const directive = inherited(levels, 'client_max_body_size').at(-1);
    if (directive === undefined) return undefined;
    const match = /^(\d{1,9})([kKmMgG]?)$/.exec(directive.words[0] ?? '');
    const unit = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[match?.[2]?.toLowerCase() ?? ''] ?? 1;
    const bytes = match === null ? 0 : Number(match[1]) * unit;
    if (bytes > 0 && bytes <= 2 ** 40) return bytes;
    this.#notes.add(
      'note',
      directive.line,
      `client_max_body_size at ${subject}`,
      'bodies have no bound there: here they have 1 MiB',
      directive.file,
    );
    return undefined;
  }

  #other(levels: NginxLevels, subject: string): void {
    for (const directive of inherited(levels, 'limit_conn')) {
      const [zone = '', count = ''] = directive.words;
      const key = this.#http.find(
        (one) => one.name === 'limit_conn_zone' && option(one, 'zone')?.split(':')[0] === zone,
      )?.words[0];
      const whole = Number(count);
      if ((key === '$binary_remote_addr' || key === '$remote_addr') && Number.isSafeInteger(whole) && whole > 0) {
        this.#connections = Math.min(this.#connections ?? 1_000_000, whole);
        this.#notes.add(
          'note',
          directive.line,
          `limit_conn at ${subject}`,
          'holds for the whole listener here, and counts open connections',
          directive.file,
        );
      } else
        this.#notes.add(
          'error',
          directive.line,
          `limit_conn at ${subject}`,
          'has no counterpart: the limit is missing here',
          directive.file,
        );
    }
    for (const directive of levels.flat())
      if (directive.name === 'rewrite')
        this.#notes.add(
          'warning',
          directive.line,
          `rewrite at ${subject}`,
          'is not carried over: the path stays as it is',
          directive.file,
        );
  }

  #tls(block: readonly NginxDirective[]): void {
    const cert = block.find((one) => one.name === 'ssl_certificate');
    const key = block.find((one) => one.name === 'ssl_certificate_key');
    if (cert === undefined || this.#listen.length > 0) return;
    this.#listen.push(`with TLS: tls: { cert: ${cert.words[0] ?? ''}, key: ${key?.words[0] ?? ''} }`);
    this.#notes.add(
      'note',
      cert.line,
      'ssl_certificate',
      'stands as a comment under listen: the files have to be readable',
      cert.file,
    );
  }

  #trusted(): readonly string[] {
    const found: string[] = [];
    const all = [...this.#http, ...this.#http.flatMap((one) => (one.name === 'server' ? (one.block ?? []) : []))];
    for (const directive of all) {
      if (directive.name === 'real_ip_header' && directive.words[0]?.toLowerCase() !== 'x-forwarded-for')
        this.#notes.add(
          'warning',
          directive.line,
          'real_ip_header',
          'the address is read from X-Forwarded-For here',
          directive.file,
        );
      if (directive.name !== 'set_real_ip_from') continue;
      const blocks = addressBlocks([directive.words[0] ?? '']);
      if (blocks === undefined)
        this.#notes.add(
          'warning',
          directive.line,
          'set_real_ip_from',
          'is no address block: not trusted',
          directive.file,
        );
      else found.push(...blocks);
    }
    return [...new Set(found)];
  }

  /** Closed places need an upstream too, by the form of the configuration. */
  #withUpstreams(): readonly DraftRoute[] {
    const any = this.#routes.some((one) => one.upstream === NO_UPSTREAM) ? this.#anyUpstream() : '';
    return this.#routes.map((one) => (one.upstream === NO_UPSTREAM ? { ...one, upstream: any } : one));
  }

  #anyUpstream(): string {
    if (this.#upstreams.length === 0) this.#upstreams.push(DEFAULT_DRAFT_UPSTREAM);
    return this.#upstreams[0]?.name ?? DEFAULT_DRAFT_UPSTREAM.name;
  }
}

/** What the gateway tells the upstream by itself. */
const FORWARDED: ReadonlySet<string> = new Set(
  'connection forwarded upgrade x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto x-forwarded-server x-real-ip x-request-id'.split(
    ' ',
  ),
);

function isRedirectToTls({ name, words }: NginxDirective): boolean {
  return name === 'return' && /^30[1278]$/.test(words[0] ?? '') && (words[1] ?? '').startsWith('https://$');
}

function remark(protection: DraftProtection, target: string): string {
  if (target === NO_UPSTREAM) return 'closed: nginx passes none of its calls on';
  if (protection.closed) return 'closed: see the report of the import';
  return '';
}

function seconds(directive: NginxDirective | undefined, most: number): number | undefined {
  const match = /^(\d{1,8})(ms|s|m|h|d)?$/.exec(directive?.words[0] ?? '');
  if (match === null) return undefined;
  const value = Number(match[1]) * ({ ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }[match[2] ?? 's'] ?? 1);
  return value >= 0.1 && value <= most ? value : undefined;
}
