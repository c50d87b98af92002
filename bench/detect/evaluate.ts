import { readFileSync } from 'node:fs';
import { ATTACK_CLASSES, type AttackClass, PROFILES, type Profile } from '../../src/detect/attack-class.ts';
import type { Leaf } from '../../src/detect/leaf.ts';
import { loadModel } from '../../src/detect/load-model.ts';
import { ValueScorer } from '../../src/detect/scorer.ts';
import { benignSamples, machineSamples, pieceSamples, samplesOf } from '../../training/corpus.ts';
import { benignRequests, DATA, dataIsThere, type Sample, valueLeaf } from '../../training/datasets.ts';
import { hardSnippet, naturalSnippet } from '../../training/generators/benign.ts';
import { folderPieces } from '../../training/generators/files.ts';
import { SECRET_KINDS } from '../../training/generators/machine-values.ts';
import { keepsMeaning, MUTATIONS, mutate } from '../../training/generators/mutations.ts';
import { Random } from '../../training/random.ts';
import { type FreshRequest, requestsOf } from './fresh-requests.ts';
import { CallJudge } from './judged-calls.ts';

/**
 * What the detector finds and what it takes for an attack wrongly, on what it was not trained on.
 * scripts/node bench/detect/evaluate.ts [--short] [--misses CLASS] [--alarms]
 */
if (!dataIsThere()) {
  console.log(`The corpora are not in ${DATA}: nothing to evaluate.`);
  process.exit(2);
}
const short = process.argv.includes('--short');
const model = loadModel();
const scorer = new ValueScorer(model);
const callJudge = new CallJudge();

/** Whether a profile refuses any of the values. */
function flagged(leaves: readonly Leaf[], profile: Profile): boolean {
  return leaves.some((leaf) => scorer.scoreValue(leaf)?.reaches[profile] ?? false);
}

const percent = (hits: number, of: number): string => (of === 0 ? '-' : `${((100 * hits) / of).toFixed(2)} %`);

const samples = samplesOf('test', short ? 150 : 600, 4711);
const attacks = samples.filter((sample) => sample.class !== 'benign');
const benignValues = samples.filter((sample) => sample.class === 'benign');
const requests = benignRequests('validation').slice(0, short ? 1500 : undefined);
const texts = benignSamples('test', short ? 4000 : 20_000, 99);
const random = new Random(12);
const pieces = pieceSamples('test', short ? 2000 : 10_000, 98);
const machines = machineSamples('test', short ? 4000 : 20_000, 97);
const snippetsOf = (write: typeof naturalSnippet): Leaf[] =>
  Array.from({ length: short ? 4000 : 20_000 }, () => ({
    ...valueLeaf(write('test', random)),
    location: 'json' as const,
  }));
const natural = snippetsOf(naturalSnippet);
const hard = snippetsOf(hardSnippet);

for (const profile of PROFILES) {
  const found = attacks.filter(({ leaves }) => flagged(leaves, profile)).length;
  const alarms = requests.filter((request) => callJudge.refuses(request, profile)).length;
  const tpr = found / attacks.length;
  const tnr = 1 - alarms / requests.length;
  const perClass = ATTACK_CLASSES.map((kind) =>
    recall(
      attacks.filter((sample) => sample.class === kind),
      profile,
    ),
  ).filter(Number.isFinite);
  const macro = perClass.reduce((sum, value) => sum + value, 0) / perClass.length;
  console.log(
    `${profile.padEnd(8)} attacks ${percent(found, attacks.length)} of ${attacks.length} · benign requests refused ${percent(alarms, requests.length)} of ${requests.length}` +
      ` · benign values of the corpora ${percent(benignValues.filter(({ leaves }) => flagged(leaves, profile)).length, benignValues.length)}` +
      ` · generated texts ${percent(texts.filter(({ leaves }) => flagged(leaves, profile)).length, texts.length)}` +
      ` · natural snippets ${percent(natural.filter((leaf) => flagged([leaf], profile)).length, natural.length)}` +
      ` · snippets that look dangerous ${percent(hard.filter((leaf) => flagged([leaf], profile)).length, hard.length)}` +
      ` · values made by machines ${percent(machines.filter(({ leaves }) => flagged(leaves, profile)).length, machines.length)}` +
      ` · pieces of packages ${percent(pieces.filter(({ leaves }) => flagged(leaves, profile)).length, pieces.length)}` +
      ` · balanced accuracy micro ${percent(tpr + tnr, 2)} macro ${percent(macro + tnr, 2)}`,
  );
}

/** Texts of the folder `fresh`: whoever wrote them knew neither the detector nor what it learns from. */
function fresh(name: 'attacks' | 'harmless'): { readonly kind: string; readonly leaf: Leaf }[] {
  return readFileSync(new URL(`./fresh/${name}.jsonl`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): { class?: string; kind?: string; text: string } => JSON.parse(line))
    .map(({ class: name, kind, text }) => ({
      kind: name ?? kind ?? '',
      leaf: { location: 'json', isKey: false, path: 'value', text, decoded: [] },
    }));
}

const freshAttacks = fresh('attacks');
const freshHarmless = fresh('harmless');
console.log('\ntexts by another hand, as fields of JSON');
for (const profile of PROFILES) {
  const found = freshAttacks.filter(({ leaf }) => flagged([leaf], profile)).length / freshAttacks.length;
  const alarms = freshHarmless.filter(({ leaf }) => flagged([leaf], profile)).length / freshHarmless.length;
  console.log(
    `${profile.padEnd(8)} attacks ${percent(found, 1)} of ${freshAttacks.length} · harmless texts ${percent(alarms, 1)} of ${freshHarmless.length} · balanced accuracy ${percent(found + 1 - alarms, 2)}`,
  );
}
console.log(
  `recall at default: ${ATTACK_CLASSES.map((kind) => {
    const own = freshAttacks.filter((entry) => entry.kind === kind);
    return `${kind} ${((100 * own.filter(({ leaf }) => flagged([leaf], 'default')).length) / own.length).toFixed(0)}`;
  }).join(' ')}`,
);

console.log('\nwhole requests by other hands, refused by a route that says nothing of what it accepts');
const shareRefused = (list: readonly FreshRequest[], profile: Profile): number =>
  list.filter(({ recorded, isAmbiguous }) => isAmbiguous || callJudge.refuses(recorded, profile)).length / list.length;
for (const name of ['1-attacks', '1-harmless', '1-developers', '2-attacks', '2-harmless']) {
  const list = requestsOf(new URL(`./fresh/requests-${name}.jsonl`, import.meta.url));
  console.log(
    `${name.padEnd(13)} ${PROFILES.map((profile) => `${profile} ${percent(shareRefused(list, profile), 1)}`).join(' · ')} of ${list.length}`,
  );
  if (!name.endsWith('attacks')) continue;
  const kinds = [...new Set(list.map(({ kind }) => kind))];
  const recallOf = (kind: string): string =>
    `${kind} ${(
      100 *
        shareRefused(
          list.filter((request) => request.kind === kind),
          'default',
        )
    ).toFixed(0)}`;
  console.log(`              recall at default: ${kinds.map(recallOf).join(' ')}`);
}

console.log('\nrandom secrets refused at default, of 20,000 each');
const secrets = new Random(71);
console.log(
  Object.entries(SECRET_KINDS)
    .map(([kind, make]) => {
      let refused = 0;
      for (let i = 0; i < (short ? 2000 : 20_000); i++) if (flagged(make(secrets), 'default')) refused++;
      return `${kind} ${refused}`;
    })
    .join(', '),
);

const foreign = foreignPieces();
for (const profile of foreign.length > 0 ? PROFILES : [])
  console.log(
    `${profile.padEnd(8)} pieces of other folders ${percent(foreign.filter((leaf) => flagged([leaf], profile)).length, foreign.length)} of ${foreign.length}`,
  );

/** Every further argument after `--folder` is a folder of texts taken for harmless, as fields of JSON. */
function foreignPieces(): Leaf[] {
  const at = process.argv.indexOf('--folder');
  if (at < 0) return [];
  const found = process.argv
    .slice(at + 1)
    .flatMap((folder) =>
      folderPieces(folder, /\.(?:py|pl|pm|sh|c|h|html?|md|txt|rst|pod|xml|css|sql|rb|java|go|php)$/i, 3, 7),
    );
  return found.map((text) => ({ ...valueLeaf(text), location: 'json' as const }));
}

function recall(list: readonly Sample[], profile: Profile): number {
  return list.filter(({ leaves }) => flagged(leaves, profile)).length / list.length;
}

console.log(
  '\nrecall at default, by class and source: the value is refused, for whatever class; then how often its own class is among those near',
);
for (const kind of ATTACK_CLASSES) {
  const sources = new Map<string, Sample[]>();
  for (const sample of attacks)
    if (sample.class === kind) sources.set(sample.source, [...(sources.get(sample.source) ?? []), sample]);
  const all = [...sources.values()].flat();
  console.log(
    `${kind.padEnd(16)} ${(100 * recall(all, 'default')).toFixed(1).padStart(5)} % of ${all.length}   ${[...sources]
      .map(([source, list]) => `${source} ${(100 * recall(list, 'default')).toFixed(1)} % of ${list.length}`)
      .join(', ')}   named right ${(100 * namedRight(all, kind)).toFixed(0)} %`,
  );
}

function namedRight(list: readonly Sample[], kind: AttackClass): number {
  let right = 0;
  let found = 0;
  for (const { leaves } of list) {
    const verdicts = leaves.map((leaf) => scorer.scoreValue(leaf)).filter((verdict) => verdict?.reaches.default);
    if (verdicts.length > 0) found++;
    if (verdicts.some((verdict) => verdict?.classes.some((near) => near.class === kind))) right++;
  }
  return right / Math.max(1, found);
}

console.log('\nrecall at default under mutation, as loss in points against the same attacks as they are');
for (const mutation of MUTATIONS) {
  const changed = new Random(5);
  const before: Sample[] = [];
  const after: Sample[] = [];
  for (const sample of attacks) {
    const leaf = sample.leaves[0];
    if (sample.leaves.length !== 1 || leaf === undefined || (short && !changed.chance(0.2))) continue;
    if (sample.class === 'benign' || !keepsMeaning(mutation, sample.class)) continue;
    const text = mutate(leaf.text, mutation, changed);
    if (text === leaf.text) continue;
    before.push(sample);
    after.push({ ...sample, leaves: [{ ...leaf, text }] });
  }
  const lost = 100 * (recall(before, 'default') - recall(after, 'default'));
  const worst = ATTACK_CLASSES.map((kind) => {
    const had = before.filter((sample) => sample.class === kind);
    const has = after.filter((sample) => sample.class === kind);
    return { kind, lost: had.length < 50 ? 0 : 100 * (recall(had, 'default') - recall(has, 'default')) };
  })
    .filter((entry) => entry.lost > 3)
    .map((entry) => `${entry.kind} ${entry.lost.toFixed(1)}`);
  console.log(
    `${mutation.padEnd(14)} ${lost.toFixed(2).padStart(6)} of ${before.length}${worst.length > 0 ? `   above 3: ${worst.join(', ')}` : ''}`,
  );
}

console.log('\nrecall at default by location');
for (const location of new Set(attacks.map(({ leaves }) => leaves[0]?.location))) {
  const list = attacks.filter(({ leaves }) => leaves[0]?.location === location);
  console.log(
    `${String(location).padEnd(10)} ${percent(list.filter(({ leaves }) => flagged(leaves, 'default')).length, list.length)} of ${list.length}`,
  );
}

const shown = process.argv.indexOf('--misses');
if (shown >= 0) {
  const kind = process.argv[shown + 1];
  for (const sample of attacks
    .filter((entry) => entry.class === kind && !flagged(entry.leaves, 'default'))
    .slice(0, 400)) {
    console.log(
      sample.source,
      JSON.stringify(sample.leaves.map(({ text }) => text).join(' ⏐ ')).slice(0, 200),
      Math.max(...sample.leaves.map((leaf) => Math.max(...scorer.scores(leaf)))).toFixed(1),
    );
  }
}
if (process.argv.includes('--alarms')) {
  for (const request of requests) {
    const verdict = callJudge.verdict(request, 'default');
    if (verdict.kind === 'deny')
      console.log(request.host, request.call.path.slice(0, 60), verdict.reason, verdict.detail);
  }
  const shownTexts = new Set<string>();
  for (const leaf of [
    ...requests.flatMap(({ leaves }) => leaves),
    ...texts.flatMap(({ leaves }) => leaves),
    ...pieces.flatMap(({ leaves }) => leaves),
    ...natural,
    ...hard,
    ...foreign,
  ]) {
    const verdict = scorer.scoreValue(leaf);
    if (!verdict?.reaches.default || shownTexts.size > 60 || shownTexts.has(leaf.text)) continue;
    shownTexts.add(leaf.text);
    console.log(
      leaf.location,
      leaf.path,
      verdict.class,
      verdict.score.toFixed(1),
      JSON.stringify(leaf.text.slice(0, 160)),
      verdict.contributions
        .slice(0, 5)
        .map(({ feature, weight }) => `${feature} ${weight.toFixed(1)}`)
        .join(' | '),
    );
  }
}
