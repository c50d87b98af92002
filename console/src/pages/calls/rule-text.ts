import type { Query } from '../../api/client.ts';

/** A rule that denies what filters select, as it stands in the configuration. */
export interface RuleText {
  readonly yaml: string;
  /** Filters a rule cannot ask for: they are known only when the call is over. */
  readonly leftOut: readonly string[];
}

const LEFT_OUT = ['outcome', 'reason', 'status', 'statusClass', 'text'] as const;

/** Undefined where no filter says anything a rule could ask. */
export function ruleText(filters: Query, routeId: string): RuleText | undefined {
  const value = (name: string): string | undefined => {
    const given = filters[name];
    return given === undefined || given === '' ? undefined : String(given);
  };
  const conditions = [value('pathPrefix'), value('method'), value('credential')].map((given, index) =>
    given === undefined ? '' : (EXPRESSIONS[index]?.(JSON.stringify(given)) ?? ''),
  );
  const when = conditions.filter(Boolean).join(' && ');
  const lines = [
    ...(value('consumer') === undefined ? [] : [`consumers: [${JSON.stringify(value('consumer'))}]`]),
    ...(value('address') === undefined ? [] : [`addresses: [${JSON.stringify(blockOf(value('address') ?? ''))}]`]),
    ...(when === '' ? [] : [`when: '${when.replaceAll("'", "''")}'`]),
  ];
  if (lines.length === 0) return undefined;
  const [first = '', ...rest] = ['name: from-calls', ...lines];
  const yaml = [
    'routes:',
    `  - id: ${/^[\w-]+$/.test(routeId) ? routeId : JSON.stringify(routeId)}`,
    '    authorize:',
    '      deny:',
    `        - ${first}`,
    ...rest.map((line) => `          ${line}`),
    '',
  ].join('\n');
  return { yaml, leftOut: LEFT_OUT.filter((name) => value(name) !== undefined) };
}

const EXPRESSIONS = [
  (text: string) => `request.path.startsWith(${text})`,
  (text: string) => `request.method == ${text}`,
  (text: string) => `principal.credentialId == ${text}`,
] as const;

function blockOf(address: string): string {
  if (address.includes('/')) return address;
  return `${address}/${address.includes(':') ? 128 : 32}`;
}
