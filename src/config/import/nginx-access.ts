import { ASKS_FOR_KEY, asksNothing, type DraftProtection, type Flow } from './draft.ts';
import type { ImportNotes } from './import-notes.ts';
import { addressBlocks } from './import-values.ts';
import type { NginxDirective } from './nginx-tokens.ts';

/** Directive lists from the outermost level to the innermost. */
export type NginxLevels = readonly (readonly NginxDirective[])[];

/** Directives of the innermost level that has one of these names: nginx replaces the outer ones and does not add to them. */
export function inherited(levels: NginxLevels, ...names: readonly string[]): readonly NginxDirective[] {
  for (let index = levels.length - 1; index >= 0; index--) {
    const found = (levels[index] ?? []).filter((directive) => names.includes(directive.name));
    if (found.length > 0) return found;
  }
  return [];
}

type Say = (severity: 'error' | 'warning' | 'note', directive: NginxDirective, message: string) => void;

/** Ways of nginx and its modules to keep callers out that have no counterpart here. */
const CLOSING: ReadonlySet<string> = new Set(
  `auth_request access_by_lua access_by_lua_block access_by_lua_file rewrite_by_lua rewrite_by_lua_block
  rewrite_by_lua_file ssl_client_certificate_required js_access auth_delay auth_jwt auth_jwt_key_file auth_jwt_key_request
  auth_jwt_require auth_pam auth_ldap modsecurity modsecurity_rules_file secure_link secure_link_md5 valid_referers
  app_protect_enable naxsi_rules perl internal_redirect`.split(/\s+/),
);

/** What is asked of callers at one place, with its errors and warnings. */
export function nginxProtection(levels: NginxLevels, subject: string, notes: ImportNotes): DraftProtection {
  let closed = false;
  const say: Say = (severity, directive, message) => {
    if (severity === 'error') closed = true;
    notes.add(severity, directive.line, `${directive.name} at ${subject}`, message, directive.file);
  };
  for (const level of levels) for (const directive of level) refuseUnknown(directive, say);
  const basic = inherited(levels, 'auth_basic').at(-1);
  const asksPassword = basic !== undefined && basic.words[0] !== 'off';
  if (asksPassword)
    say(
      'warning',
      basic,
      'users of Basic have to be listed (type: basic; sallyport passwords hash): until then an API key is asked for',
    );
  const verify = inherited(levels, 'ssl_verify_client').at(-1);
  if (verify?.words[0] === 'on')
    say(
      'error',
      verify,
      'client certificates need listen.tls with clientAuth and clientCa, and a method of type mtls: closed',
    );
  else if (verify !== undefined && verify.words[0] !== 'off')
    say('warning', verify, 'client certificates that may be missing are not asked for: see listen.tls.clientAuth');
  const satisfy = inherited(levels, 'satisfy').at(-1);
  const access = addressRules(inherited(levels, 'allow', 'deny'), say);
  if (satisfy?.words[0] === 'any' && asksPassword && (access.addresses.length > 0 || access.deny.length > 0))
    say('warning', satisfy, 'one of address and password was enough: here both are asked for');
  // Only a word for it opens a route: nginx itself knows no callers of an API, so that its silence says nothing.
  const open = basic !== undefined && !asksPassword;
  return {
    ...(open ? asksNothing('nginx says auth_basic off') : ASKS_FOR_KEY),
    ...access,
    closed: closed || access.closed,
  };
}

function refuseUnknown(directive: NginxDirective, say: Say): void {
  const { name } = directive;
  if (CLOSING.has(name)) say('error', directive, 'has no counterpart: closed');
  else if (name === 'if') say('error', directive, 'a condition is not carried over, and may protect: closed');
  else if (name === 'include' && !HARMLESS_INCLUDE.test(directive.words[0] ?? ''))
    say('error', directive, 'the file it names was not read, and may protect: closed');
  else if (!isKnown(name)) say('error', directive, 'is not known, and may protect: closed');
}

const HARMLESS_INCLUDE = /(?:^|\/)(?:mime\.types|fastcgi_params|fastcgi\.conf|uwsgi_params|scgi_params|proxy_params)$/;

const KNOWN: ReadonlySet<string> = new Set(
  `absolute_redirect access_log aio alias allow auth_basic auth_basic_user_file autoindex charset chunked_transfer_encoding
  default_type deny directio disable_symlinks error_log error_page etag expires add_header add_trailer geo grpc_pass hash
  http2 http2_max_concurrent_streams if_modified_since include index ip_hash keepalive keepalive_requests
  keepalive_time keepalive_timeout large_client_header_buffers least_conn limit_conn limit_conn_log_level
  limit_conn_status limit_conn_zone limit_except limit_rate limit_rate_after limit_req limit_req_log_level limit_req_status
  limit_req_zone lingering_close lingering_time lingering_timeout listen location log_format log_not_found log_subrequest
  map map_hash_bucket_size map_hash_max_size max_ranges merge_slashes mirror mirror_request_body msie_padding map_hash
  open_file_cache open_file_cache_errors open_file_cache_min_uses open_file_cache_valid output_buffers port_in_redirect
  postpone_output proxy_pass read_ahead real_ip_header real_ip_recursive recursive_error_pages request_pool_size
  reset_timedout_connection resolver resolver_timeout return rewrite root satisfy send_lowat send_timeout sendfile
  sendfile_max_chunk server server_name server_name_in_redirect server_names_hash_bucket_size server_names_hash_max_size
  server_tokens set set_real_ip_from split_clients ssi status stub_status tcp_nodelay tcp_nopush try_files types
  types_hash_bucket_size types_hash_max_size underscores_in_headers upstream variables_hash_bucket_size
  variables_hash_max_size zone internal ignore_invalid_headers`.split(/\s+/),
);
const KNOWN_PREFIXES = [
  'proxy_',
  'gzip',
  'ssl_',
  'client_',
  'fastcgi_',
  'uwsgi_',
  'scgi_',
  'grpc_',
  'brotli',
  'open_file_',
  'log_',
  'sub_filter',
  'memcached_',
  'http2_',
  'connection_pool_size',
  'opentelemetry',
  'otel_',
];

function isKnown(name: string): boolean {
  return KNOWN.has(name) || KNOWN_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** The first matching rule decides in nginx; here what is denied stays denied, which is never more open. */
function addressRules(
  rules: readonly NginxDirective[],
  say: Say,
): Pick<DraftProtection, 'addresses' | 'deny' | 'closed'> {
  const allowed: string[] = [];
  const denied: string[] = [];
  let closed = false;
  let othersRefused = false;
  for (const rule of rules) {
    const value = rule.words[0] ?? '';
    if (value === 'unix:') continue;
    if (value === 'all') {
      othersRefused = rule.name === 'deny';
      break;
    }
    const blocks = addressBlocks([value]);
    if (blocks === undefined) {
      say('error', rule, 'the address cannot be read: closed');
      continue;
    }
    if (rule.name === 'allow') allowed.push(...blocks);
    else {
      if (allowed.length > 0)
        say('warning', rule, 'stands after an exception from it: here the exception is denied too');
      denied.push(...blocks);
    }
  }
  if (othersRefused && allowed.length === 0) closed = true;
  return {
    addresses: othersRefused ? [...new Set(allowed)] : [],
    deny: denied.length === 0 ? [] : [{ name: 'nginx-deny', addresses: [...new Set(denied)] }],
    closed,
  };
}

export interface NginxZones {
  /** By zone: what its key counts, and the rate. */
  readonly rates: ReadonlyMap<string, { readonly per: 'address' | 'route'; readonly rate: string }>;
}

/** The zones of `limit_req_zone`. A key that is no address counts everybody together, which is never more open. */
export function nginxZones(http: readonly NginxDirective[], notes: ImportNotes): NginxZones {
  const rates = new Map<string, { per: 'address' | 'route'; rate: string }>();
  for (const directive of http) {
    if (directive.name !== 'limit_req_zone') continue;
    const [key = ''] = directive.words;
    const zone = option(directive, 'zone')?.split(':')[0] ?? '';
    const rate = /^(\d{1,7})r\/(s|m)$/.exec(option(directive, 'rate') ?? '');
    if (rate === null || Number(rate[1]) === 0) continue;
    const per = ADDRESS_KEYS.has(key) ? 'address' : 'route';
    if (per === 'route')
      notes.add(
        'warning',
        directive.line,
        'limit_req_zone',
        'counts by something else than the address: here all calls of a route are counted together',
        directive.file,
      );
    rates.set(zone, { per, rate: `${Number(rate[1])}/1${rate[2]}` });
  }
  return { rates };
}

const ADDRESS_KEYS: ReadonlySet<string> = new Set(['$binary_remote_addr', '$remote_addr']);

/** `limit_req` of a place; the burst of nginx comes on top of the one call that is due. */
export function nginxLimits(
  levels: NginxLevels,
  zones: NginxZones,
  subject: string,
  notes: ImportNotes,
): readonly Flow[] {
  return inherited(levels, 'limit_req')
    .slice(0, 16)
    .flatMap((directive) => {
      const zone = zones.rates.get(option(directive, 'zone') ?? '');
      if (zone === undefined) {
        notes.add(
          'error',
          directive.line,
          `limit_req at ${subject}`,
          'its zone is not known: the limit is missing here',
          directive.file,
        );
        return [];
      }
      const burst = Number(option(directive, 'burst') ?? '0');
      const whole = Number.isSafeInteger(burst) && burst >= 0 && burst < 1_000_000_000 ? burst + 1 : 1;
      return [{ per: zone.per, rate: zone.rate, burst: whole }];
    });
}

export function option(directive: NginxDirective, name: string): string | undefined {
  return directive.words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}
