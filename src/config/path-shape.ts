import { parseTemplate, type Template, type TemplateSegment } from '../http/path-template.ts';

export { templatesOverlap as overlapsPath } from '../http/path-template.ts';

/** Reads a template that loading has accepted; throws where it has not. */
export function pathShape(path: string): Template {
  const parsed = parseTemplate(path);
  if (!parsed.ok) throw new TypeError(`not a path template: ${parsed.error}`);
  return parsed.template;
}

/** Whether every path of `inner` is a path of `outer`. */
export function coversPath(outer: Template, inner: Template): boolean {
  if (!outer.rest && (inner.rest || inner.segments.length !== outer.segments.length)) return false;
  if (inner.segments.length < outer.segments.length) return false;
  return outer.segments.every((segment, index) => {
    const other = inner.segments[index];
    if (segment.kind === 'literal') return other?.kind === 'literal' && other.text === segment.text;
    return !(other?.kind === 'literal' && other.text === '');
  });
}

/**
 * The order in which the router prefers two templates for a path of both: negative where `left` wins, 0 where they are
 * of one shape, parameter names aside. Segment by segment, a literal beats a parameter, and a parameter beats the rest.
 */
export function comparePaths(left: Template, right: Template): number {
  const length = Math.max(left.segments.length, right.segments.length);
  for (let index = 0; index < length; index++) {
    const difference = rank(left, index) - rank(right, index);
    if (difference !== 0) return difference;
  }
  return Number(left.rest) - Number(right.rest);
}

function rank(template: Template, index: number): number {
  const segment = template.segments[index];
  if (segment === undefined) return 2;
  return segment.kind === 'literal' ? 0 : 1;
}

/** Whether two templates match the same paths. */
export function samePaths(left: Template, right: Template): boolean {
  return coversPath(left, right) && coversPath(right, left);
}

/** The template of the paths that overlapping templates share, with the parameter names of `named` where both have one. */
export function sharedPath(named: Template, other: Template): string {
  const length = Math.max(named.segments.length, other.segments.length);
  const names = new Set<string>();
  let path = '';
  for (let index = 0; index < length; index++) {
    const segment = narrower(named.segments[index], other.segments[index]);
    if (segment.kind === 'literal') {
      path += `/${segment.text}`;
      continue;
    }
    const name = names.has(segment.name) ? `segment${index}` : segment.name;
    names.add(name);
    path += `/{${name}}`;
  }
  return named.rest && other.rest ? `${path}/*` : path;
}

function narrower(named: TemplateSegment | undefined, other: TemplateSegment | undefined): TemplateSegment {
  if (named === undefined || other === undefined) return named ?? other ?? { kind: 'literal', text: '' };
  return named.kind === 'literal' || other.kind === 'parameter' ? named : other;
}
