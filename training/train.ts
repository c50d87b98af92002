import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ATTACK_CLASSES } from '../src/detect/attack-class.ts';
import { isSetting } from '../src/detect/evidence.ts';
import {
  FEATURE_COUNT,
  gramBase,
  isDecoder,
  isJoint,
  isStructure,
  STRUCTURE_FEATURES,
  structuresOf,
} from '../src/detect/features.ts';
import { LITERALS, type Literal } from '../src/detect/literals.ts';
import { Model, type ModelFile, nameOf } from '../src/detect/model.ts';
import { ValueScorer } from '../src/detect/scorer.ts';
import { calibrate } from './calibrate.ts';
import { benignSamples, machineSamples, mutated, paddedAttacks, pieceSamples, samplesOf } from './corpus.ts';
import { benignRequests, DATA, dataIsThere } from './datasets.ts';
import { type Bag, fit } from './fit.ts';
import { type Instance, InstanceReader } from './instances.ts';
import { priorsOf } from './priors.ts';
import { Random } from './random.ts';

/** scripts/node training/train.ts [--check]: writes the model, or says whether the one that is there is the same to the byte. */
const SEED = 20260105;
const OWN_PER_CLASS = 6000;
const OWN_BENIGN = 150_000;
/** Pieces of source code and Markdown of installed packages. */
const PIECES = 12_000;
const MACHINES = 90_000;
/** A feature seen in fewer training texts is chance. */
const SEEN_MIN = 6;
/** A weight nearer to nothing is left out. */
const WEIGHT_KEPT_MIN = 0.15;
const RUN_FEATURES = gramBase('sql');
const NEGATIVE_FLOOR = -8;
/**
 * Bounds of one weight: a literal alone refuses nothing, less so how a text looks. Whoever attacks chooses the words around the attack, which hide it
 * little, and what is evidence of one attack hardly speaks against another.
 */
const WEIGHT_MIN = -3;
const WEIGHT_MAX = 6;
const LITERAL_MAX = 2.2;
/** Two characters stand in every tenth secret by chance. */
const WORD_MAX = 1.3;
const SHORT_LITERAL_MAX = 1;
const SHORT_LITERAL_UNITS = 2;
const SETTING_MAX = 1;
const CONTEXT_MIN = -1.2;
const EVIDENCE_MIN = -0.3;
const DECODER_MIN = -0.5;
const TEXT_MIN = -1;
/** All attacks of a source together, as many benign texts they count for: large corpora must not drown small ones. */
const SOURCE_WEIGHT = 6000;

if (!dataIsThere()) {
  process.stderr.write(`The corpora are not in ${DATA}; see docs/detection.md.\n`);
  process.exit(2);
}

const reader = new InstanceReader();
const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Raw {
  readonly instances: readonly Instance[];
  readonly class: number;
  readonly source: string;
  count: number;
}

const raws: Raw[] = [];
const samples = samplesOf('train', OWN_PER_CLASS, SEED);
for (const sample of [
  ...samples,
  ...mutated(samples, 0.5, SEED + 1),
  ...paddedAttacks(samples, 0.5, SEED + 5),
  ...benignSamples('train', OWN_BENIGN, SEED + 2),
  ...pieceSamples('train', PIECES, SEED + 4),
  ...machineSamples('train', MACHINES, SEED + 6),
]) {
  const instances = reader.instances(sample.leaves);
  if (instances.length === 0) continue;
  raws.push({
    instances,
    class: sample.class === 'benign' ? -1 : ATTACK_CLASSES.indexOf(sample.class),
    source: sample.source,
    count: 1,
  });
}
const alike = new Map<string, Raw>();
for (const request of benignRequests('train')) {
  for (const instance of reader.instances(request.leaves)) {
    const key = instance.join();
    const known = alike.get(key);
    if (known !== undefined) known.count++;
    else alike.set(key, { instances: [instance], class: -1, source: 'requests', count: 1 });
  }
}
raws.push(...alike.values());
say(`${raws.length} texts, ${alike.size} kinds of recorded benign values`);

const seen = new Int32Array(FEATURE_COUNT);
for (const { instances } of raws)
  for (const instance of instances) for (const id of instance) seen[id] = (seen[id] ?? 0) + 1;
const dense = new Int32Array(FEATURE_COUNT).fill(-1);
const ids: number[] = [];
for (let id = 0; id < FEATURE_COUNT; id++) {
  if ((seen[id] ?? 0) < SEEN_MIN && priorsOf(nameOf(id)).length === 0) continue;
  dense[id] = ids.length;
  ids.push(id);
}
const perSource = new Map<string, number>();
for (const { class: kind, source } of raws)
  if (kind >= 0) perSource.set(`${kind} ${source}`, (perSource.get(`${kind} ${source}`) ?? 0) + 1);
const bags: Bag[] = raws.map(({ instances, class: kind, source, count }) => ({
  instances: instances.map((instance) => instance.map((id) => dense[id] ?? -1).filter((feature) => feature >= 0)),
  class: kind,
  weight:
    kind >= 0
      ? Math.min(3, SOURCE_WEIGHT / (perSource.get(`${kind} ${source}`) ?? 1)) * (source.startsWith('crs') ? 1.2 : 1)
      : source === 'requests'
        ? Math.min(6, 1.5 + Math.log2(count))
        : 1.2,
}));
say(`${ids.length} features`);
const start = new Float64Array(ids.length * ATTACK_CLASSES.length);
ids.forEach((id, feature) => {
  for (const [kind, weight] of priorsOf(nameOf(id)))
    start[feature * ATTACK_CLASSES.length + ATTACK_CLASSES.indexOf(kind)] = weight;
});
/** That something was decoded, how long a text is and where it stands are reasons to look, and none to refuse. */
const most = Float64Array.from(ids, (id) =>
  isDecoder(id) || (isStructure(id) && isSetting(id))
    ? SETTING_MAX
    : id < STRUCTURE_FEATURES
      ? mostOfLiteral(LITERALS[id])
      : WEIGHT_MAX,
);
function mostOfLiteral(literal: Literal | undefined): number {
  if (literal?.wholeWord === true) return WORD_MAX;
  return (literal?.text.length ?? 0) <= SHORT_LITERAL_UNITS ? SHORT_LITERAL_MAX : LITERAL_MAX;
}

/** Whoever attacks chooses what stands around the attack. */
const least = Float64Array.from(ids, leastOf);

function leastOf(id: number): number {
  if (/(?:^|both )context\.whole-/.test(nameOf(id))) return CONTEXT_MIN;
  if (id < STRUCTURE_FEATURES) return LITERALS[id]?.tells === undefined ? TEXT_MIN : 0;
  if (isDecoder(id)) return DECODER_MIN;
  if (isJoint(id)) return structuresOf(id).some(isSetting) ? WEIGHT_MIN : EVIDENCE_MIN;
  return isStructure(id) && !isSetting(id) ? EVIDENCE_MIN : id >= RUN_FEATURES ? TEXT_MIN : WEIGHT_MIN;
}

const kinds = Uint8Array.from(ids, (id) => (id < STRUCTURE_FEATURES ? 0 : id < RUN_FEATURES || isJoint(id) ? 1 : 2));
const fitted = fit(
  bags,
  {
    features: ids.length,
    classes: ATTACK_CLASSES.length,
    epochs: 10,
    rate: 0.25,
    l1: 0.0004,
    l2: 0.0002,
    negativeFloor: NEGATIVE_FLOOR,
    otherClassWeight: 0.03,
    start,
    most,
    least,
    kinds,
  },
  new Random(SEED + 3),
);

const weights: Record<string, number[]> = {};
ids.forEach((id, feature) => {
  const pairs: number[] = [];
  for (let c = 0; c < ATTACK_CLASSES.length; c++) {
    const weight = fitted.weights[feature * ATTACK_CLASSES.length + c] ?? 0;
    if (Math.abs(weight) >= WEIGHT_KEPT_MIN) pairs.push(c, Math.round(weight * 100));
  }
  if (pairs.length > 0) weights[nameOf(id)] = pairs;
});
const rounded = (list: Float64Array): number[] => [...list].map((value) => Math.round(value * 1000) / 1000);
const uncalibrated: ModelFile = {
  format: 1,
  classes: ATTACK_CLASSES,
  bias: rounded(fitted.bias),
  size: rounded(fitted.size),
  negativeFloor: NEGATIVE_FLOOR,
  thresholds: Object.fromEntries(
    ['relaxed', 'default', 'strict'].map((profile) => [profile, ATTACK_CLASSES.map(() => 0)]),
  ),
  weights,
};
const scorer = new ValueScorer(Model.parse(JSON.stringify(uncalibrated)));
const thresholds = calibrate(scorer, say);
const file = fileURLToPath(new URL('../src/detect/model.json', import.meta.url));
const lines = Object.entries(weights).map(([name, pairs]) => `${JSON.stringify(name)}:${JSON.stringify(pairs)}`);
const text = `${JSON.stringify({ ...uncalibrated, thresholds, weights: {} }).slice(0, -2)}\n${lines.join(',\n')}\n}}\n`;
if (process.argv.includes('--check')) {
  const same = readFileSync(file, 'utf8') === text;
  say(
    same
      ? 'the model is what this training makes of these data, to the byte'
      : 'the model is not what this training makes of these data',
  );
  process.exit(same ? 0 : 1);
}
writeFileSync(file, text);
say(`${Object.keys(weights).length} features with weight, ${text.length} bytes`);
