import { type Finding, type FindingGroup, SEVERITIES } from '../core/finding.ts';

/** Puts findings of one detector together: open ones first, then by severity, then the newest. `findings`: the newest first. */
export function groupFindings(findings: readonly Finding[]): FindingGroup[] {
  const groups = [...Map.groupBy(findings, ({ detector }) => detector)].map(([detector, those]) =>
    groupOf(detector, those),
  );
  return groups.sort(
    (one, other) =>
      Number(other.open > 0) - Number(one.open > 0) || rankOf(other) - rankOf(one) || other.lastMs - one.lastMs,
  );
}

function groupOf(detector: string, findings: readonly Finding[]): FindingGroup {
  const open = findings.filter(({ status }) => status === 'open');
  const severities = (open.length === 0 ? findings : open).map(rankOf);
  return {
    detector,
    title: findings[0]?.title ?? '',
    severity: SEVERITIES[Math.max(...severities)] ?? 'info',
    findings: findings.length,
    open: open.length,
    count: findings.reduce((sum, { count }) => sum + count, 0),
    actors: new Set(findings.map(({ actor }) => actor).filter((actor) => actor !== '')).size,
    subjects: new Set(findings.map(({ subject }) => subject).filter((subject) => subject !== '')).size,
    firstMs: Math.min(...findings.map(({ firstMs }) => firstMs)),
    lastMs: Math.max(...findings.map(({ lastMs }) => lastMs)),
  };
}

function rankOf({ severity }: Pick<Finding, 'severity'>): number {
  return SEVERITIES.indexOf(severity);
}
