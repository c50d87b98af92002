import type { Random } from './random.ts';

/** A value or request: an attack if any of its instances is one. Instances are lists of dense feature numbers. */
export interface Bag {
  readonly instances: readonly Int32Array[];
  /** Number of the class, −1 for benign. */
  readonly class: number;
  readonly weight: number;
}

export interface FitOptions {
  readonly features: number;
  readonly classes: number;
  readonly epochs: number;
  readonly rate: number;
  readonly l1: number;
  readonly l2: number;
  readonly negativeFloor: number;
  /** Weight of attacks of other classes as counter-examples: they teach to tell classes apart, not what is harmless. */
  readonly otherClassWeight: number;
  /** Weights before the first step, feature by feature. */
  readonly start: Float64Array;
  /** Most a feature may weigh. */
  readonly most: Float64Array;
  /** Least a feature may weigh. */
  readonly least: Float64Array;
  /** 0 literal, 1 structure or decoder, 2 run of tokens: now and then a kind is left out, so that none carries everything. */
  readonly kinds: Uint8Array;
}

export interface Fitted {
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  readonly size: Float64Array;
}

/**
 * Logistic regression per class by stochastic gradient descent with AdaGrad steps, elastic net, and the same bounded negative evidence and
 * size term the scorer has. Of an attack's instances the one that scores highest now is learned from.
 */
export function fit(bags: readonly Bag[], options: FitOptions, random: Random): Fitted {
  const { features, classes } = options;
  const weights = Float64Array.from(options.start);
  const squares = new Float64Array(features * classes).fill(0.1);
  const bias = new Float64Array(classes).fill(-3);
  const size = new Float64Array(classes).fill(-0.3);
  const fixedSquares = new Float64Array(classes * 2).fill(10);
  const order = bags.map((_, i) => i);
  const scores = new Float64Array(classes);
  const against = new Float64Array(classes);
  const score = (instance: Int32Array): number => {
    scores.set(bias);
    against.fill(0);
    for (const feature of instance) {
      const row = feature * classes;
      for (let c = 0; c < classes; c++) {
        const weight = weights[row + c] as number;
        if (weight > 0) scores[c] = (scores[c] as number) + weight;
        else against[c] = (against[c] as number) + weight;
      }
    }
    const log = Math.log1p(instance.length);
    for (let c = 0; c < classes; c++) {
      scores[c] =
        (scores[c] as number) + Math.max(options.negativeFloor, against[c] as number) + log * (size[c] as number);
    }
    return log;
  };
  // Steps leave the weights to the left and right of where they settle: what is kept is their mean over the second half of the rounds.
  const averageFrom = Math.floor(options.epochs / 2);
  const sums = new Float64Array(features * classes);
  const fixedSums = new Float64Array(classes * 2);
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    random.shuffle(order);
    const rate = options.rate / (1 + epoch * 0.3);
    for (const at of order) {
      const bag = bags[at] as Bag;
      let instances = bag.instances;
      if (bag.class >= 0 && instances.length > 1) {
        let best = instances[0] as Int32Array;
        let bestScore = Number.NEGATIVE_INFINITY;
        for (const instance of instances) {
          score(instance);
          if ((scores[bag.class] as number) > bestScore) {
            bestScore = scores[bag.class] as number;
            best = instance;
          }
        }
        instances = [best];
      }
      const chance = random.next();
      const left = chance < 0.2 ? 2 : chance < 0.35 ? 0 : -1;
      for (const whole of instances) {
        const instance = left < 0 ? whole : whole.filter((feature) => options.kinds[feature] !== left);
        const log = score(instance);
        for (let c = 0; c < classes; c++) {
          const target = bag.class === c ? 1 : 0;
          const weight = bag.class < 0 || bag.class === c ? bag.weight : bag.weight * options.otherClassWeight;
          const gradient = (1 / (1 + Math.exp(-(scores[c] as number))) - target) * weight;
          if (Math.abs(gradient) < 1e-4) continue;
          step(bias, fixedSquares, c, c, gradient, rate * 0.3);
          step(size, fixedSquares, c, classes + c, gradient * log, rate * 0.1);
          size[c] = Math.min(0, Math.max(-1.2, size[c] as number));
          const floored = (against[c] as number) <= options.negativeFloor;
          for (const feature of instance) {
            const slot = feature * classes + c;
            const held = weights[slot] as number;
            // Past the floor what speaks against an attack has no influence, so it learns nothing either.
            if (floored && held < 0) continue;
            squares[slot] = (squares[slot] as number) + gradient * gradient;
            const pace = rate / Math.sqrt(squares[slot] as number);
            let moved = held - pace * (gradient + options.l2 * held);
            const shrink = pace * options.l1;
            moved = moved > shrink ? moved - shrink : moved < -shrink ? moved + shrink : 0;
            weights[slot] = Math.max(
              options.least[feature] as number,
              Math.min(options.most[feature] as number, moved),
            );
          }
        }
      }
    }
    if (epoch < averageFrom) continue;
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (weights[i] as number);
    for (let c = 0; c < classes; c++) {
      fixedSums[c] = (fixedSums[c] as number) + (bias[c] as number);
      fixedSums[classes + c] = (fixedSums[classes + c] as number) + (size[c] as number);
    }
  }
  const rounds = options.epochs - averageFrom;
  return {
    weights: sums.map((sum) => sum / rounds),
    bias: fixedSums.slice(0, classes).map((sum) => sum / rounds),
    size: fixedSums.slice(classes).map((sum) => sum / rounds),
  };
}

function step(
  values: Float64Array,
  squares: Float64Array,
  at: number,
  square: number,
  gradient: number,
  rate: number,
): void {
  squares[square] = (squares[square] as number) + gradient * gradient;
  values[at] = (values[at] as number) - (rate * gradient) / Math.sqrt(squares[square] as number);
}
