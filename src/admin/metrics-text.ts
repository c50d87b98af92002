/** One sample: label values in the order of the family's label names. */
export interface Sample {
  readonly labels: readonly string[];
  readonly value: number;
}

export interface HistogramSample {
  readonly labels: readonly string[];
  /** Per bucket, not cumulated; the last is +Inf. */
  readonly counts: readonly number[];
  readonly sum: number;
}

interface FamilyBase {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

export type MetricFamily =
  | (FamilyBase & { readonly type: 'counter' | 'gauge'; readonly samples: readonly Sample[] })
  | (FamilyBase & {
      readonly type: 'histogram';
      readonly buckets: readonly number[];
      readonly samples: readonly HistogramSample[];
    });

/** Prometheus text exposition format 0.0.4. */
export function renderMetrics(families: readonly MetricFamily[]): string {
  let text = '';
  for (const family of families) {
    text += `# HELP ${family.name} ${family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${family.name} ${family.type}\n`;
    if (family.type === 'histogram') for (const sample of family.samples) text += histogramText(family, sample);
    else
      for (const { labels, value } of family.samples)
        text += `${family.name}${labelText(family.labels, labels)} ${numberText(value)}\n`;
  }
  return text;
}

function histogramText(family: Extract<MetricFamily, { type: 'histogram' }>, sample: HistogramSample): string {
  const names = [...family.labels, 'le'];
  let cumulated = 0;
  let text = '';
  sample.counts.forEach((count, index) => {
    cumulated += count;
    const bound = family.buckets[index];
    text += `${family.name}_bucket${labelText(names, [...sample.labels, bound === undefined ? '+Inf' : String(bound)])} ${cumulated}\n`;
  });
  const labels = labelText(family.labels, sample.labels);
  return `${text}${family.name}_sum${labels} ${numberText(sample.sum)}\n${family.name}_count${labels} ${cumulated}\n`;
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return '';
  const pairs = names.map((name, index) => `${name}="${escaped(values[index] ?? '')}"`);
  return `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN';
}
