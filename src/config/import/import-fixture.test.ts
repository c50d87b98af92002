import assert from 'node:assert/strict';
import type { Configuration, RouteConfig } from '../../core/configuration.ts';
import { load } from '../loading-fixture.test.ts';
import { importSource } from './import.ts';
import type { Imported } from './imported.ts';

/** A text as the importer takes it, and what the loader makes of the result. */
export function imported(
  text: string,
  fileName: string,
  files: Readonly<Record<string, string>> = {},
): Imported & { readonly configuration: Configuration } {
  const result = importSource(text, { fileName }, (name) =>
    files[name] === undefined ? undefined : [{ name, text: files[name] ?? '' }],
  );
  assert.ok(result.ok, result.ok ? '' : `${result.line}: ${result.problem}`);
  const { variables, yaml } = result.imported;
  const env = Object.fromEntries(variables.map((name) => [name, SECRETS[name.split('_')[1] ?? ''] ?? '']));
  const loaded = load(yaml, { env });
  assert.ok(loaded.ok, loaded.ok ? '' : `${JSON.stringify(loaded.diagnostics, undefined, 1)}\n${yaml}`);
  // What is open says why: nobody is warned of what the source says.
  assert.deepEqual(
    loaded.warnings.filter((warning) => warning.code === 'SP044'),
    [],
  );
  return { ...result.imported, configuration: loaded.configuration };
}

const SECRETS: Readonly<Record<string, string>> = {
  JWT: 'q3v8w1z5x7c9b2n4m6l8k0j1h3g5f7d9',
  BASIC: '$scrypt$ln=17,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$q6ulpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU',
};

export function routeOf(configuration: Configuration, path: string, method?: string): RouteConfig {
  const found = configuration.routes.filter(
    ({ match }) => match.path === path && (method === undefined || match.methods.includes(method)),
  );
  assert.equal(
    found.length,
    1,
    `${path}: ${configuration.routes.map(({ match }) => `${match.methods} ${match.path}`)}`,
  );
  return found[0]!;
}

/** Whether nobody passes: what protected the route is not carried over. */
export function isClosed(route: RouteConfig): boolean {
  return route.authorize.access.some(({ deny }) => deny.some(({ name }) => name === 'not-carried-over'));
}

export function errorsOf({ notes }: Imported): readonly string[] {
  return notes.filter(({ severity }) => severity === 'error').map(({ line, subject }) => `${line} ${subject}`);
}
