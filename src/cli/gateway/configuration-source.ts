import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { defaultConfiguration } from '../../config/default-configuration.ts';
import { type Diagnostic, diagnostic } from '../../config/diagnostics.ts';
import { enforcedPlace, forwardsAroundRules } from '../../config/enforced-place.ts';
import { loadConfiguration } from '../../config/load.ts';
import type { Configuration } from '../../core/configuration.ts';
import type { Mode } from '../../core/decision.ts';
import { passesAroundRoutes } from '../../pipeline/unmatched-calls.ts';

/** What the command line says over the configuration. */
export interface ConfigurationFlags {
  readonly port: number | undefined;
  readonly adminPort: number | undefined;
  readonly mode: Mode | undefined;
}

export type Loaded =
  | {
      readonly ok: true;
      readonly configuration: Configuration;
      readonly warnings: readonly Diagnostic[];
      readonly sources: readonly string[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Where the configuration comes from, and comes from again on every reload. */
export interface ConfigurationSource {
  /** Undefined where no file is involved. */
  readonly file: string | undefined;
  load(): Loaded;
  /** Judges a configuration text as if it stood in the file. */
  judge(text: string): Loaded;
}

/** A configuration file. `upstreamUrl` takes the place of the targets of its only upstream (the bundled sample API). */
export function fileSource(
  file: string,
  flags: ConfigurationFlags,
  env: Readonly<Record<string, string | undefined>>,
  upstreamUrl?: string,
): ConfigurationSource {
  const path = resolve(file);
  const finish = (loaded: Loaded): Loaded =>
    loaded.ok ? flagged(loaded, withUpstream(withFlags(loaded.configuration, flags), upstreamUrl), path) : loaded;
  return {
    file: path,
    load: () =>
      finish(
        loadConfiguration(path, {
          env,
          readFile: (name) => readFileSync(name, 'utf8'),
          readBytes: readFileSync,
          nowMs: Date.now(),
        }),
      ),
    judge: (text) =>
      finish(
        loadConfiguration(path, {
          env,
          readFile: (name) => (name === path ? text : readFileSync(name, 'utf8')),
          readBytes: readFileSync,
        }),
      ),
  };
}

/** The configuration that stands in front of one upstream without any file. */
export function upstreamSource(
  upstreamUrl: string,
  flags: ConfigurationFlags,
  env: Readonly<Record<string, string | undefined>>,
): ConfigurationSource {
  const path = resolve('sallyport.yaml');
  return {
    file: undefined,
    load: () => {
      const { mode } = flags;
      const configuration = defaultConfiguration({ upstreamUrl, ...(mode === undefined ? {} : { mode }) });
      return { ok: true, configuration: withFlags(configuration, flags), warnings: [], sources: [] };
    },
    judge: (text) =>
      loadConfiguration(path, {
        env,
        readFile: (name) => (name === path ? text : readFileSync(name, 'utf8')),
        readBytes: readFileSync,
      }),
  };
}

/** The folder of everything the gateway keeps: `--data`, else what `store.url` says, from the configuration's folder on. */
export function dataFolder(configuration: Configuration, file: string | undefined, data: string | undefined): string {
  if (data !== undefined) return resolve(data);
  const path = configuration.store.url.replace(/^file:(\/\/)?/, '');
  return isAbsolute(path) ? path : join(file === undefined ? process.cwd() : dirname(file), path);
}

/** The configuration with what the command line says, unless the two together would let calls around the rules. */
function flagged(loaded: Extract<Loaded, { ok: true }>, configuration: Configuration, file: string): Loaded {
  const place = { file, position: { line: 1, column: 1 }, path: ['unmatched'] };
  const by = 'the mode given on the command line';
  if (forwardsAroundRules(configuration)) {
    const message = `unmatched calls are to be forwarded, and ${by} enforces`;
    return { ok: false, diagnostics: [diagnostic('SP060', place, message)] };
  }
  if (configuration.mode === loaded.configuration.mode) return { ...loaded, configuration };
  const others = loaded.warnings.filter(({ code }) => code !== 'SP063');
  const message = `calls that match no route are only observed by ${by}, while ${enforcedPlace(configuration) ?? 'a route'} enforces`;
  const open = passesAroundRoutes(configuration) ? [diagnostic('SP063', place, message)] : [];
  return { ...loaded, configuration, warnings: [...others, ...open] };
}

function withFlags(configuration: Configuration, { port, adminPort, mode }: ConfigurationFlags): Configuration {
  return {
    ...configuration,
    mode: mode ?? configuration.mode,
    listen: { ...configuration.listen, port: port ?? configuration.listen.port },
    admin: { ...configuration.admin, port: adminPort ?? configuration.admin.port },
  };
}

function withUpstream(configuration: Configuration, url: string | undefined): Configuration {
  const [name, upstream] = Object.entries(configuration.upstreams)[0] ?? [];
  if (url === undefined || name === undefined || upstream === undefined) return configuration;
  return { ...configuration, upstreams: { [name]: { ...upstream, targets: [url] } } };
}
