/** A rule as `rule-text` of the calls writes it, put into its route. */
export interface Insertion {
  readonly text: string;
  /** Line of the first line that was put in, from 1. */
  readonly line: number;
}

/**
 * Adds a rule to `authorize.deny` of a route, in the manner the text is written in. Undefined where the route is not found,
 * or is written in a manner this does not know: then a person puts it in.
 */
export function withRule(text: string, routeId: string, yaml: string): Insertion | undefined {
  const rule = ruleLines(yaml);
  if (rule.length === 0) return undefined;
  const lines = text.split('\n');
  const start = lines.findIndex((line) => isRouteLine(line, routeId));
  if (start === -1) return undefined;
  const dash = (lines[start] ?? '').indexOf('-');
  const end = endOf(lines, start, dash);
  const fields = dash + 2;
  const authorize = fieldLine(lines, start + 1, end, fields, 'authorize');
  if (authorize === -1) {
    const last = lastFilled(lines, start, end);
    return inserted(lines, last + 1, [`${spaces(fields)}authorize:`, ...denyLines(fields + 2, rule)]);
  }
  const line = lines[authorize] ?? '';
  const flow = /^\s*authorize:\s*\{(.*)\}\s*$/.exec(line);
  if (flow !== null) {
    const inside = (flow[1] ?? '').trim();
    if (/\bdeny:/.test(inside)) return undefined;
    const deny = `deny: [{ ${rule.join(', ')} }]`;
    lines[authorize] = `${spaces(fields)}authorize: { ${inside === '' ? '' : `${inside.replace(/,$/, '')}, `}${deny} }`;
    return { text: lines.join('\n'), line: authorize + 1 };
  }
  if (!/^\s*authorize:\s*(?:#.*)?$/.test(line)) return undefined;
  const inner = endOf(lines, authorize, fields);
  const deny = fieldLine(lines, authorize + 1, inner, undefined, 'deny');
  if (deny === -1) return inserted(lines, authorize + 1, denyLines(fields + 2, rule));
  if (!/^\s*deny:\s*(?:#.*)?$/.test(lines[deny] ?? '')) return undefined;
  const own = indentation(lines[deny] ?? '');
  const item = (lines[deny + 1] ?? '').trimStart().startsWith('- ') ? indentation(lines[deny + 1] ?? '') : own + 2;
  return inserted(lines, deny + 1, itemLines(item, rule));
}

function isRouteLine(line: string, routeId: string): boolean {
  const found = /^\s*-\s+id:\s+(.+?)\s*(?:#.*)?$/.exec(line);
  const value = found?.[1] ?? '';
  return value === routeId || value === JSON.stringify(routeId) || value === `'${routeId}'`;
}

/** `name: …` and the conditions, without indentation. */
function ruleLines(yaml: string): readonly string[] {
  const lines = yaml.split('\n').filter((line) => line.trim() !== '');
  const deny = lines.findIndex((line) => line.trim() === 'deny:');
  return deny === -1 ? [] : lines.slice(deny + 1).map((line) => line.trim().replace(/^- /, ''));
}

function denyLines(indent: number, rule: readonly string[]): readonly string[] {
  return [`${spaces(indent)}deny:`, ...itemLines(indent + 2, rule)];
}

function itemLines(indent: number, rule: readonly string[]): readonly string[] {
  return rule.map((line, index) => `${spaces(indent)}${index === 0 ? '- ' : '  '}${line}`);
}

/** The line behind the block that begins at `start`, whose lines are further in than `indent`. */
function endOf(lines: readonly string[], start: number, indent: number): number {
  const end = lines.findIndex((line, at) => at > start && isFilled(line) && indentation(line) <= indent);
  return end === -1 ? lines.length : end;
}

function fieldLine(
  lines: readonly string[],
  from: number,
  to: number,
  indent: number | undefined,
  name: string,
): number {
  return lines.findIndex(
    (line, at) =>
      at >= from &&
      at < to &&
      line.trimStart().startsWith(`${name}:`) &&
      (indent === undefined || indentation(line) === indent),
  );
}

function lastFilled(lines: readonly string[], start: number, end: number): number {
  let last = end - 1;
  while (last > start && !isFilled(lines[last] ?? '')) last--;
  return last;
}

function inserted(lines: string[], at: number, more: readonly string[]): Insertion {
  return { text: [...lines.slice(0, at), ...more, ...lines.slice(at)].join('\n'), line: at + 1 };
}

function isFilled(line: string): boolean {
  const text = line.trim();
  return text !== '' && !text.startsWith('#');
}

function indentation(line: string): number {
  return line.length - line.trimStart().length;
}

function spaces(count: number): string {
  return ' '.repeat(count);
}
