import { ATTACK_CLASSES } from '../../src/detect/attack-class.ts';
import type { Leaf } from '../../src/detect/leaf.ts';
import { loadModel } from '../../src/detect/load-model.ts';
import { ValueScorer } from '../../src/detect/scorer.ts';
import { samplesOf } from '../../training/corpus.ts';
import { DATA, dataIsThere } from '../../training/datasets.ts';
import { PADDINGS, PLACES, padded } from '../../training/generators/padding.ts';
import { Random } from '../../training/random.ts';

/**
 * How many attacks of the test side are still refused with 1 KB and 16 KB of harmless text before, after and around them, class by class.
 * What the padding alone is refused for does not count: the same padding without the attack is scored too, and left out where it is flagged.
 * scripts/node bench/detect/padding.ts [--short]
 */
if (!dataIsThere()) {
  console.log(`The corpora are not in ${DATA}: nothing to pad.`);
  process.exit(2);
}
const scorer = new ValueScorer(loadModel());
const perClass = process.argv.includes('--short') ? 60 : 250;
const attacks = samplesOf('test', 600, 4711).filter(
  ({ leaves, class: kind }) =>
    kind !== 'benign' && leaves.length === 1 && leaves[0]?.isKey === false && leaves[0].text.length < 1000,
);

function refused(leaf: Leaf): boolean {
  return scorer.scoreUntilCertain(leaf)?.reaches.default === true;
}

console.log(
  `points of recall lost at default, per class of at most ${perClass} attacks that are refused or not as they are; alarms: paddings refused without an attack`,
);
console.log(`${''.padEnd(22)}${ATTACK_CLASSES.map((kind) => kind.slice(0, 8).padStart(9)).join('')}      all  alarms`);
const chosen = ATTACK_CLASSES.map((kind) => {
  const all = attacks.filter((sample) => sample.class === kind);
  const step = Math.max(1, Math.floor(all.length / perClass));
  return all.filter((_, i) => i % step === 0).slice(0, perClass);
});
const bare = chosen.map((list) => list.map(({ leaves }) => leaves[0] !== undefined && refused(leaves[0])));
const share = (hits: readonly boolean[]): number => (100 * hits.filter(Boolean).length) / hits.length;
console.log(
  `${'recall as they are'.padEnd(22)}${bare.map((hits) => share(hits).toFixed(1).padStart(9)).join('')}${share(bare.flat()).toFixed(1).padStart(9)}`,
);
for (const units of [1024, 16_384]) {
  for (const padding of PADDINGS) {
    for (const place of PLACES) {
      let alarms = 0;
      let all = 0;
      let found = 0;
      let were = 0;
      const losses = chosen.map((list, c) => {
        const random = new Random(units + c);
        const hits: boolean[] = [];
        const before: boolean[] = [];
        list.forEach(({ leaves }, i) => {
          const leaf = leaves[0];
          if (leaf === undefined || (units > 10_000 && i % 4 !== 0)) return;
          const text = padded('\u0001', padding, place, units, 'test', random);
          all++;
          if (refused({ ...leaf, text: text.replace('\u0001', '') })) {
            alarms++;
            return;
          }
          hits.push(refused({ ...leaf, text: text.replace('\u0001', () => leaf.text) }));
          before.push(bare[c]?.[i] === true);
        });
        found += hits.filter(Boolean).length;
        were += before.filter(Boolean).length;
        return share(before) - share(hits);
      });
      console.log(
        `${`${units / 1024} KB ${padding} ${place}`.padEnd(22)}${losses.map((loss) => loss.toFixed(1).padStart(9)).join('')}${((100 * (were - found)) / (all - alarms)).toFixed(1).padStart(9)}${alarms.toString().padStart(8)}`,
      );
    }
  }
}
