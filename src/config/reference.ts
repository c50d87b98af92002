import { CONFIGURATION_SCHEMA } from './configuration-schema.ts';
import { DIAGNOSTICS } from './diagnostic-catalogue.ts';
import { initialConfigurationText } from './initial-file.ts';
import type { Schema } from './schema-types.ts';

interface ReferenceRow {
  readonly key: string;
  readonly expected: string;
  readonly absent: string;
  readonly description: string;
}

/** The text of `docs/configuration.md`: every key with its meaning, every diagnostic with its remedy. */
export function configurationReference(): string {
  const now: ReferenceRow[] = [];
  const later: ReferenceRow[] = [];
  collect(CONFIGURATION_SCHEMA, '', now, later);
  return [
    '# Configuration',
    '',
    'Generated from the schema in `src/config`; `npm run docs` writes it again.',
    '',
    'The gateway reads one file, `sallyport.yaml` unless `--config` names another. It is YAML 1.2 and read strictly: an unknown',
    'key, a value of the wrong kind and a name that leads nowhere are errors with line and column, and nothing is skipped.',
    '`sallyport check [FILE]` shows all of them; `sallyport init --upstream URL` writes a first file.',
    'Editors complete and check the file with `schema/sallyport.schema.json`.',
    '',
    '## A first file',
    '',
    '```yaml',
    initialConfigurationText({ upstreamUrl: 'http://127.0.0.1:3000' }).trimEnd(),
    '```',
    '',
    '## Secrets and files',
    '',
    '`${env:NAME}` stands for an environment variable, `${file:PATH}` for the content of a file without its last line break.',
    'Both may stand in addresses, hosts, paths of files, numbers, sizes, durations and modes; `$${` stands for a plain `${`.',
    'Inside `{ }` and `[ ]` they need quotes. A variable that is not set and a file that is empty are errors. Values that came',
    'from them are never shown.',
    '',
    'Paths of files that are not absolute start from the folder of the configuration.',
    '',
    '## Modes',
    '',
    'Whether a denial counts is settled per route and stage: the word of the route on the stage (`routes[].stages`) holds; else,',
    'where both the route (`routes[].mode`) and the stage (`stages`) have a mode, observe holds if either says so; else the one',
    'that is given; else `mode`. `sallyport enforce` and `sallyport observe` lay modes over those of the file, on one stage of one route as',
    '`sallyport observe limit@orders`; `sallyport modes list` shows them with what the file says, `modes clear` takes one back, and a mode',
    'that the file has anyway is not kept. The stages framing and admit are over before the route is known and have one mode for all calls.',
    '',
    'A call that matches no route has the modes of no route: `unmatched: deny` refuses it with 404 where `stages.route`, else `mode`,',
    'enforces, and is observed elsewhere, also while some route enforces, so that routes can be enforced one by one. `stages: { route: enforce }`,',
    'or `sallyport enforce route`, closes that; until then `check` warns of it (SP063). A call with a method that no route of its path takes is one of those.',
    '',
    '## Which route a call takes',
    '',
    'The routes of the most exact host decide alone: a name before `*.name`, that before `*`. Among them the more exact path',
    'wins, segment by segment: a literal before `{name}`, that before `*`; `/orders/*` matches `/orders` too. A path that is',
    'found with another method is refused and goes to no wider route. Where two routes have one path, the one that lists the',
    'method wins over one that takes every method; only where both list it does the order in the file count.',
    '',
    '## Keys',
    '',
    '| key | value | without it | meaning |',
    '|---|---|---|---|',
    ...now.map(tableRow),
    '',
    '## Not available yet',
    '',
    'These keys are reserved and refused (SP016), so that nothing is promised that is not there. So are',
    '`store.url` of PostgreSQL and `state.url` of Redis or Valkey.',
    '',
    '| key | meaning |',
    '|---|---|',
    ...later.map((row) => `| \`${row.key}\` | ${cell(row.description)} |`),
    '',
    '## Diagnostics',
    '',
    'Each reads `error[SPnnn] FILE:LINE:COLUMN path: message`, then why it matters and how to fix it. A file with errors is not',
    'loaded; a running gateway then keeps the configuration it has. Warnings do not stop it.',
    '',
    ...Object.entries(DIAGNOSTICS).flatMap(([code, entry]) => [
      `### ${code}`,
      '',
      `**${entry.title}** (${entry.severity}). ${entry.why}`,
      '',
      `Fix: ${entry.fix}.`,
      '',
    ]),
  ].join('\n');
}

function collect(schema: Schema<unknown>, path: string, now: ReferenceRow[], later: ReferenceRow[]): void {
  for (const child of schema.children) {
    const key = `${path}${child.suffix}`.replace(/^\./, '');
    const row = { key, expected: child.schema.expected, absent: child.absent, description: child.description };
    if (child.availability === 'later') later.push(row);
    else if (child.description !== '') now.push(row);
    collect(child.schema, `${path}${child.suffix}`, now, later);
  }
}

function tableRow(row: ReferenceRow): string {
  return `| \`${row.key}\` | ${cell(row.expected)} | ${cell(row.absent)} | ${cell(row.description)} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
