import { isCredentialHeader } from '../formats-network.ts';
import {
  ASKS_FOR_KEY,
  asksNothing,
  type DraftAuthenticate,
  type DraftDenyRule,
  type DraftProtection,
  type Flow,
} from './draft.ts';

import { nameFrom } from './draft-names.ts';
import type { ImportNotes } from './import-notes.ts';
import { addressBlocks } from './import-values.ts';
import type { KongCredentials } from './kong-credentials.ts';
import { listOf, type PlainRecord, recordOf, textOf, textsOf } from './plain-data.ts';

export interface KongPlugin {
  readonly name: string;
  readonly config: PlainRecord;
  readonly line: number;
  /** Consumer or consumer group it is confined to. */
  readonly consumer: string | undefined;
}

export interface KongDemands {
  readonly protection: DraftProtection;
  readonly limits: readonly Flow[];
  readonly bodyBytesMax: number | undefined;
}

/** Plugins that change or record calls and keep nobody out. Any other that is not known is taken for a protection. */
const HARMLESS: ReadonlySet<string> = new Set(
  `acme ai-prompt-decorator aws-lambda azure-functions canary correlation-id cors datadog degraphql exit-transformer
  file-log forward-proxy grpc-gateway grpc-web http-log kafka-log kafka-upstream loggly mocking opentelemetry post-function-log
  prometheus proxy-cache proxy-cache-advanced redirect request-transformer request-transformer-advanced response-transformer
  response-transformer-advanced route-by-header route-transformer-advanced session standard-webhooks-out statsd
  statsd-advanced syslog tcp-log tls-handshake-modifier udp-log websocket-size-limit zipkin`.split(/\s+/),
);

/** What the plugins that act on one route ask of its calls. */
export function kongDemands(
  plugins: readonly KongPlugin[],
  credentials: KongCredentials,
  subject: string,
  notes: ImportNotes,
): KongDemands {
  const reading = new PluginReading(credentials, subject, notes);
  for (const plugin of plugins) reading.read(plugin);
  return reading.demands();
}

class PluginReading {
  readonly #credentials: KongCredentials;
  readonly #subject: string;
  readonly #notes: ImportNotes;
  readonly #methods: string[] = [];
  readonly #scopes: string[] = [];
  readonly #groups: string[] = [];
  readonly #addresses: string[] = [];
  readonly #deny: DraftDenyRule[] = [];
  readonly #limits: Flow[] = [];
  #bodyBytesMax: number | undefined;
  #closed = false;
  #every = true;

  constructor(credentials: KongCredentials, subject: string, notes: ImportNotes) {
    this.#credentials = credentials;
    this.#subject = subject;
    this.#notes = notes;
  }

  demands(): KongDemands {
    const names = [...new Set(this.#methods)];
    if (names.length > 16)
      this.#notes.add('warning', 1, this.#subject, 'has more than 16 methods: the first 16 are taken');
    const kind = this.#every && names.length > 1 ? 'allOf' : 'anyOf';
    return {
      protection: {
        ...ASKS_FOR_KEY,
        authenticate: names.length > 0 ? { kind, names: names.slice(0, 16) } : this.#withoutMethod(),
        scopes: this.#scopes,
        groups: this.#groups,
        addresses: this.#addresses,
        deny: this.#deny,
        closed: this.#closed,
      },
      limits: this.#limits.slice(0, 16),
      bodyBytesMax: this.#bodyBytesMax,
    };
  }

  /** Kong refuses callers it did not identify where it asks for their groups. */
  #withoutMethod(): DraftAuthenticate {
    const asksOfCaller =
      this.#groups.length + this.#scopes.length > 0 || this.#deny.some((rule) => rule.addresses === undefined);
    return asksOfCaller ? ASKS_FOR_KEY.authenticate : asksNothing('no plugin of Kong asks who is calling').authenticate;
  }

  read(plugin: KongPlugin): void {
    if (plugin.consumer !== undefined) {
      this.#ofConsumer(plugin);
      return;
    }
    const { config } = plugin;
    switch (plugin.name) {
      case 'key-auth': {
        this.#keyAuth(plugin);
        return;
      }
      case 'jwt': {
        this.#method(plugin, this.#credentials.tokenMethods(this.#notes));
        return;
      }
      case 'basic-auth': {
        this.#method(plugin, this.#credentials.passwordMethods(this.#notes));
        return;
      }
      case 'openid-connect': {
        this.#openId(plugin);
        return;
      }
      case 'acl':
        this.#groups.push(...names([...textsOf(config['allow']), ...textsOf(config['whitelist'])]));
        {
          this.#denyRule(plugin, 'groups', names([...textsOf(config['deny']), ...textsOf(config['blacklist'])]));
          return;
        }
      case 'ip-restriction': {
        this.#addressesOf(plugin);
        return;
      }
      case 'rate-limiting': {
        this.#rates(plugin);
        return;
      }
      case 'rate-limiting-advanced': {
        this.#advancedRates(plugin);
        return;
      }
      case 'request-size-limiting': {
        this.#size(plugin);
        return;
      }
      default:
        if (HARMLESS.has(plugin.name)) this.#say('warning', plugin, 'is not carried over');
        else this.#close(plugin, 'has no counterpart, and may protect');
    }
  }

  #keyAuth(plugin: KongPlugin): void {
    const { config } = plugin;
    const headers = textsOf(config['key_names']);
    const methods = (headers.length === 0 ? ['apikey'] : headers).slice(0, 4).map((header) => {
      if (isCredentialHeader(header)) return this.#credentials.keyMethod(header.toLowerCase());
      this.#say('warning', plugin, 'keys cannot come in a header of this name: clients send them in x-api-key');
      return this.#credentials.keyMethod('x-api-key');
    });
    this.#every &&= methods.length === 1;
    this.#method(plugin, methods);
    if (config['key_in_query'] !== false || config['key_in_body'] === true)
      this.#say('note', plugin, 'keys in the query or the body are not taken here: clients send the header');
    if (config['hide_credentials'] !== true)
      this.#say('note', plugin, 'passed the key on to the upstream: here only with keepCredentials: true');
  }

  #openId(plugin: KongPlugin): void {
    const issuer = textOf(plugin.config['issuer']) ?? '';
    const audience = [...textsOf(plugin.config['audience']), ...textsOf(plugin.config['audience_required'])];
    const name = this.#credentials.openIdMethod(issuer, audience);
    if (name === undefined) {
      this.#close(plugin, 'its issuer cannot be written as one');
      return;
    }
    this.#method(plugin, [name]);
    const scopes = textsOf(plugin.config['scopes_required']);
    if (scopes.some((scope) => !/^[A-Za-z0-9:._/-]{1,128}$/.test(scope))) {
      this.#close(plugin, 'a scope it asks for cannot be written as one');
      return;
    }
    this.#scopes.push(...scopes);
    this.#say(
      'warning',
      plugin,
      'only the check of access tokens is carried over: sign-in, sessions and introspection are not',
    );
  }

  #method(plugin: KongPlugin, names: readonly string[]): void {
    if (this.#methods.length > 0 && plugin.config['anonymous'] !== undefined) this.#every = false;
    if (plugin.config['anonymous'] !== undefined && plugin.config['anonymous'] !== null) {
      this.#every = false;
      this.#say('warning', plugin, 'lets callers without credential in as anonymous: here one is always asked for');
    }
    if (names.length > 1) this.#every = false;
    this.#methods.push(...names);
  }

  #addressesOf(plugin: KongPlugin): void {
    const { config } = plugin;
    const allowed = [...textsOf(config['allow']), ...textsOf(config['whitelist'])];
    const denied = [...textsOf(config['deny']), ...textsOf(config['blacklist'])];
    const [good, refused] = [addressBlocks(allowed), addressBlocks(denied)];
    if (refused === undefined || good === undefined) {
      this.#close(plugin, 'an address cannot be read');
      return;
    }
    this.#addresses.push(...good);
    this.#denyRule(plugin, 'addresses', refused);
  }

  #denyRule(plugin: KongPlugin, kind: 'groups' | 'addresses', values: readonly string[]): void {
    if (values.length === 0) return;
    this.#deny.push({ name: `kong-${plugin.name}`, [kind]: values });
  }

  #rates(plugin: KongPlugin): void {
    const per = this.#subjectsOf(plugin, textOf(plugin.config['limit_by']) ?? 'consumer');
    for (const [unit, kind, window] of WINDOWS) {
      const permits = plugin.config[unit];
      if (typeof permits === 'number') this.#limit(plugin, per, kind, permits, window);
    }
  }

  #advancedRates(plugin: KongPlugin): void {
    const per = this.#subjectsOf(plugin, textOf(plugin.config['identifier']) ?? 'consumer');
    const sizes = listOf(plugin.config['window_size']);
    listOf(plugin.config['limit']).forEach((permits, index) => {
      const seconds = sizes[index];
      if (typeof permits === 'number' && typeof seconds === 'number' && seconds >= 1 && seconds <= 31_536_000)
        this.#limit(plugin, per, 'rate', permits, `${Math.ceil(seconds)}s`);
      else this.#close(plugin, 'a limit cannot be read');
    });
  }

  #limit(plugin: KongPlugin, per: string, kind: 'rate' | 'quota', permits: number, window: string): void {
    const whole = Math.floor(permits);
    if (!Number.isSafeInteger(whole) || whole < 1 || whole > 1_000_000_000) {
      this.#close(plugin, 'a limit is out of range');
      return;
    }
    this.#limits.push({ per, [kind]: `${whole}/${window}` });
  }

  #subjectsOf(plugin: KongPlugin, by: string): string {
    switch (by) {
      case 'consumer':
        return this.#methods.length === 0 ? 'address' : 'consumer';
      case 'credential':
        return this.#methods.length === 0 ? 'address' : 'key';
      case 'ip':
        return 'address';
      case 'service':
        this.#say('warning', plugin, 'counts per service: here each route counts for itself');
        return 'route';
      default:
        this.#say(
          'warning',
          plugin,
          'counts by something else than callers: here all calls of the route are counted together',
        );
        return 'route';
    }
  }

  #size(plugin: KongPlugin): void {
    const unit = textOf(plugin.config['size_unit']) ?? 'megabytes';
    const size = plugin.config['allowed_payload_size'] ?? 128;
    const bytes =
      typeof size === 'number' ? size * (unit === 'bytes' ? 1 : unit === 'kilobytes' ? 1e3 : 1e6) : Number.NaN;
    if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes > 2 ** 40) {
      this.#close(plugin, 'its size cannot be read');
      return;
    }
    this.#bodyBytesMax = bytes;
  }

  /** What holds for one consumer cannot be asked of a route: that consumer is refused until somebody looks. */
  #ofConsumer(plugin: KongPlugin): void {
    if (HARMLESS.has(plugin.name)) return;
    if (plugin.name.startsWith('rate-limiting')) {
      this.#say('warning', plugin, 'limits one consumer: give its keys limits of their own (keys update --rate)');
      return;
    }
    const consumer = nameFrom(plugin.consumer ?? '');
    if (consumer === undefined) {
      this.#close(plugin, 'holds for one consumer');
      return;
    }
    this.#deny.push({ name: `kong-${nameFrom(plugin.name) ?? 'plugin'}`, consumers: [consumer] });
    this.#say('error', plugin, 'holds for one consumer: that consumer is refused');
  }

  #close(plugin: KongPlugin, message: string): void {
    this.#closed = true;
    this.#notes.add('error', plugin.line, `${plugin.name} on ${this.#subject}`, `${message}: closed`);
  }

  #say(severity: 'warning' | 'note' | 'error', plugin: KongPlugin, message: string): void {
    this.#notes.add(severity, plugin.line, `${plugin.name} on ${this.#subject}`, message);
  }
}

const WINDOWS = [
  ['second', 'rate', '1s'],
  ['minute', 'rate', '1m'],
  ['hour', 'rate', '1h'],
  ['day', 'quota', '1d'],
  ['month', 'quota', '1mo'],
  ['year', 'quota', '365d'],
] as const;

/** Groups that cannot be names are kept as one that nobody has. */
function names(groups: readonly string[]): readonly string[] {
  return [...new Set(groups.map((group) => nameFrom(group) ?? 'unnamed'))];
}

/** Plugins as they stand in a `plugins` list, without those that are switched off. */
export function pluginsOf(
  list: unknown,
  lineOf: (index: number) => number,
): readonly (KongPlugin & { readonly entry: PlainRecord })[] {
  return listOf(list).flatMap((one, index) => {
    const entry = recordOf(one) ?? {};
    if (entry['enabled'] === false) return [];
    const name = textOf(entry['name']) ?? 'unnamed';
    const consumer = reference(entry['consumer']) ?? reference(entry['consumer_group']);
    return [{ name, config: recordOf(entry['config']) ?? {}, line: lineOf(index), consumer, entry }];
  });
}

/** The name a reference to another entity holds: `name`, or `{ name | id | username }`. */
export function reference(value: unknown): string | undefined {
  const record = recordOf(value);
  return record === undefined
    ? textOf(value)
    : (textOf(record['name']) ?? textOf(record['username']) ?? textOf(record['id']) ?? '');
}
